"""A rig with its Witness and Refinery: made, mended, counted, and its limit kept where Argo reads it."""

from adapter.argo.submission import submit
from adapter.context import Town
from adapter.errors import Denied, Exists, Missing
from adapter.objects.keys import Key
from adapter.objects.owners import owned_by
from adapter.objects.views import PolecatView, ResourceView, WorkflowView
from adapter.rigs.repository import Reach, hindered, reach
from adapter.rigs.status import RigState, children, rig_status
from crds import BeadStore, Convoy, Rig
from workflows.compile import check_dependencies, compile_check
from workflows.compile.texts import semaphore
from workflows.compile.workflow import semaphore_name
from workflows.errors import WorkflowsError


class RigReconciler:
    """Looks at rigs."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._slots: dict[tuple[str, str], int] = {}

    async def __call__(self, key: Key) -> None:
        """Look at one. Raises Denied for one that can't be read."""
        seen = self._town.mirror.find(key, ResourceView)
        if seen is None or seen.deleting:
            return
        if not isinstance(seen.resource, Rig):
            raise Denied(f"{key}: {seen.problem}; it was written under another version of its definition")
        rig = seen.resource
        obstacle = await self._children(rig)
        await self._limits(rig)
        found = await self._reach(rig)
        await self._town.writer.status(seen, rig_status(self._state(rig, found, obstacle)))
        if found.look_again is not None:
            self._town.queue.add(key, after=found.look_again + 0.1)

    async def _reach(self, rig: Rig) -> Reach:
        """What is known of the repository; asks it where that is due."""
        settings = self._town.settings.compile
        of = check_dependencies(rig, settings)
        workflows = self._town.mirror.of_rig("Workflow", rig.metadata.name, WorkflowView)
        checks = [each.check for each in workflows if each.check and each.owner == rig.metadata.uid]
        found = reach(rig, checks, of=of, now=self._town.now())
        if found.ask is None:
            return found
        compiled = compile_check(rig, settings, attempt=found.ask)
        owner = {"ownerReferences": [owned_by("Rig", rig.metadata.name, rig.metadata.uid)]}
        try:
            for each in compiled.config_maps:
                await self._town.writer.apply(each | {"metadata": each["metadata"] | owner})
            workflow = compiled.workflow
            await submit(
                self._town, workflow | {"metadata": workflow["metadata"] | owner}, uid=rig.metadata.uid
            )
        except (Missing, Denied, WorkflowsError) as error:
            return hindered(rig, str(error))
        return found

    def _state(self, rig: Rig, found: Reach, obstacle: str = "") -> RigState:
        name, mirror = rig.metadata.name, self._town.mirror
        convoys = (each.resource for each in mirror.of_rig("Convoy", name, ResourceView))
        return RigState(
            rig=rig,
            namespace=self._town.settings.namespace,
            children=self._children_of(rig),
            polecats=mirror.of_rig("Polecat", name, PolecatView),
            stores=[
                each.resource
                for each in mirror.of_rig("BeadStore", name, ResourceView)
                if isinstance(each.resource, BeadStore)
            ],
            convoys=[each for each in convoys if isinstance(each, Convoy)],
            now=self._town.now(),
            reach=found,
            obstacle=obstacle,
        )

    def _children_of(self, rig: Rig) -> list[str]:
        found = self._town.mirror.of_rig
        return [kind for kind in ("Witness", "Refinery") if found(kind, rig.metadata.name, ResourceView)]

    async def _children(self, rig: Rig) -> str:
        """Make what is missing; says what stands in the way."""
        there = self._children_of(rig)
        for manifest in children(rig, there, namespace=self._town.settings.namespace):
            try:
                await self._town.writer.create(manifest)
            except Exists:
                key = Key(manifest["kind"], manifest["metadata"]["namespace"], manifest["metadata"]["name"])
                self._town.writer.take(key.kind, await self._town.gateway.get(key))
            except (Missing, Denied) as error:
                return str(error)
        return ""

    async def _limits(self, rig: Rig) -> None:
        """Argo reads the limit of a rig's polecats from a ConfigMap beside the Workflows; a change holds at once."""
        name, slots = rig.metadata.name, rig.spec.settings.max_polecats
        owner = owned_by("Rig", name, rig.metadata.uid)
        workflows = self._town.mirror.of_rig("Workflow", name, WorkflowView)
        working = (each for each in workflows if not each.ended and each.check is None)
        for namespace in sorted({each.key.namespace for each in working}):
            if self._slots.get((namespace, name)) != slots:
                config_map = semaphore(semaphore_name(name), slots, namespace=namespace, rig=name)
                metadata = config_map["metadata"] | {"ownerReferences": [owner]}
                await self._town.writer.apply(config_map | {"metadata": metadata})
                self._slots[namespace, name] = slots
