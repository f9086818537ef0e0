"""Reconciles rigs: makes their Witness and Refinery, checks the repository, and keeps the limit of polecats where Argo reads it."""

from adapter.argo.reviews import waiting
from adapter.argo.submission import submit_workflow
from adapter.context import Context
from adapter.errors import Denied, Exists, Missing
from adapter.objects.keys import Key
from adapter.objects.owners import with_owner
from adapter.objects.views import ResourceView
from adapter.rigs.repository import Reach, hindered, reach
from adapter.rigs.status import RigState, children, rig_status
from crds import BeadStore, Convoy, Rig
from workflows.compile import check_dependencies, compile_check
from workflows.compile.texts import semaphore, semaphore_name
from workflows.errors import WorkflowsError


class RigReconciler:
    """Reconciles rigs."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._slots: dict[tuple[str, str], int] = {}

    async def __call__(self, key: Key) -> None:
        """Reconcile one. Raises Denied for one that can't be read."""
        found = self._context.present(key, Rig)
        if found is None:
            return
        seen, rig = found
        obstacle = await self._children(rig)
        await self._limits(rig)
        reached = await self._reach(rig)
        await self._context.writer.status(seen, rig_status(self._state(rig, reached, obstacle)))
        if reached.requeue_after is not None:
            self._context.queue.add(key, after=reached.requeue_after + 0.1)

    async def _reach(self, rig: Rig) -> Reach:
        """What is known of the repository; asks it where that is due."""
        settings = self._context.settings.compile
        of = check_dependencies(rig, settings)
        workflows = self._context.workflows_on(rig.metadata.name)
        checks = [each.check for each in workflows if each.check and each.owner == rig.metadata.uid]
        found = reach(rig, checks, of=of, now=self._context.now())
        if found.ask is None:
            return found
        compiled = compile_check(rig, settings, attempt=found.ask)
        try:
            for each in compiled.config_maps:
                await self._context.writer.apply(with_owner(each, rig))
            workflow = with_owner(compiled.workflow, rig)
            await submit_workflow(self._context, workflow, uid=rig.metadata.uid)
        except (Missing, Denied, WorkflowsError) as error:
            return hindered(rig, str(error))
        return found

    def _state(self, rig: Rig, found: Reach, obstacle: str = "") -> RigState:
        name, context = rig.metadata.name, self._context
        return RigState(
            rig=rig,
            namespace=self._context.settings.namespace,
            children=self._children_of(rig),
            polecats=context.polecats_on(name),
            stores=context.resources_on("BeadStore", name, BeadStore),
            convoys=context.resources_on("Convoy", name, Convoy),
            now=self._context.now(),
            reach=found,
            obstacle=obstacle,
            awaiting=waiting(self._context.workflows_on(name)),
        )

    def _children_of(self, rig: Rig) -> list[str]:
        """Those in the adapter's own namespace: one that a tenant made elsewhere is no reason to have none here."""
        own = self._context.settings.namespace
        return [
            kind
            for kind in ("Witness", "Refinery")
            if any(
                each.key.namespace == own
                for each in self._context.cache.of_rig(kind, rig.metadata.name, ResourceView)
            )
        ]

    async def _children(self, rig: Rig) -> str:
        """Make what is missing; says what stands in the way."""
        there = self._children_of(rig)
        for manifest in children(rig, there, namespace=self._context.settings.namespace):
            try:
                await self._context.writer.create(manifest)
            except Exists:
                key = Key(manifest["kind"], manifest["metadata"]["namespace"], manifest["metadata"]["name"])
                self._context.writer.take(key.kind, await self._context.gateway.get(key))
            except (Missing, Denied) as error:
                return str(error)
        return ""

    async def _limits(self, rig: Rig) -> None:
        """Argo reads the limit of a rig's polecats from a ConfigMap beside the Workflows; a change holds at once."""
        name, slots = rig.metadata.name, rig.spec.settings.max_polecats
        workflows = self._context.workflows_on(name)
        working = (each for each in workflows if not each.ended and each.check is None)
        for namespace in sorted({each.key.namespace for each in working}):
            if self._slots.get((namespace, name)) != slots:
                config_map = semaphore(semaphore_name(name), slots, namespace=namespace, rig=name)
                await self._context.writer.apply(with_owner(config_map, rig))
                self._slots[namespace, name] = slots
