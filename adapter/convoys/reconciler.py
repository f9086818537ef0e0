"""Reconciles convoys: the status first, then Polecats, ConfigMaps and Workflows, each safe to make twice."""

import contextlib
import dataclasses

from adapter.argo.finalizer import put_finalizer, remove_finalizer
from adapter.argo.gone import rebuilt
from adapter.argo.reviews import over, resume
from adapter.argo.steering import steer
from adapter.argo.stop_files import StopFileWriter, stop_files
from adapter.beadstores.files import load_beads
from adapter.context import Context, parsed
from adapter.convoys.decision import Decision, decide
from adapter.convoys.sources import Source
from adapter.convoys.state import ConvoyState
from adapter.convoys.submission import Submitter
from adapter.convoys.timetable import submitted_phase
from adapter.errors import Missing
from adapter.objects.conditions import Problem
from adapter.objects.keys import Key, key_for
from adapter.objects.logins import refused as refused_in
from adapter.objects.views import ResourceView, WorkflowView
from adapter.polecats.projection import PolecatProjection
from crds import Convoy, PolecatStatus, Rig
from workflows import labels
from workflows.errors import Refused, Unavailable, WorkflowsError
from workflows.observe import Observation
from workflows.plan import asks_stores
from workflows.readiness import taken_back


class ConvoyReconciler:
    """Reconciles convoys."""

    def __init__(self, context: Context, projection: PolecatProjection) -> None:
        self._context = context
        self._projection = projection
        self._submitter = Submitter(context)
        self._stop_files = StopFileWriter(context)

    async def __call__(self, key: Key) -> None:
        """Reconcile one. Raises Denied for one that can't be read."""
        seen = self._context.cache.find(key, ResourceView)
        if seen is None:
            return
        convoy = parsed(seen, Convoy)
        if seen.deleting:
            for each in self._context.workflows_of(seen.key, seen.uid):
                await self._remove_finalizer(each)
            return
        await self._go_on(seen, convoy)

    async def _go_on(self, seen: ResourceView, convoy: Convoy) -> None:
        state = await self._state(convoy)
        decision = decide(state)
        if decision.submit:
            decision = await self._submit(seen, state, decision)
        current = self._context.cache.find(seen.key, ResourceView) or seen
        await self._context.writer.status(current, decision.status)
        await self._submitter.polecats(convoy, [each.observation for each in state.workflows])
        await self._projection.project(convoy, state.gone)
        await self._steer(decision, state.workflows)
        await self._look_again(state)
        await self._mark(convoy, decision, state.workflows)
        await self._finish(convoy, state.workflows)
        if decision.requeue_after is not None:
            self._context.queue.add(seen.key, after=max(0.5, decision.requeue_after + 0.5))

    async def _state(self, convoy: Convoy) -> ConvoyState:
        rig = self._context.rig_of(convoy)
        namespace = convoy.metadata.namespace
        refinery = self._context.refinery_of(rig.metadata.name, namespace=namespace) if rig else None
        workflows = tuple(self._context.workflows_of(key_for(convoy), convoy.metadata.uid))
        refused = refused_in(each.observation for each in workflows)
        return ConvoyState(
            convoy=convoy,
            rig=rig,
            refinery=refinery,
            sources=await self._sources(convoy, rig),
            merged=self._merged(convoy, rig) if asks_stores(convoy) and rig else frozenset(),
            workflows=workflows,
            gone=await self._gone(convoy, workflows),
            now=self._context.now(),
            synced=await self._context.synced(namespace) if refused else None,
            neighbours=self._neighbours(rig) if rig else (),
        )

    def _neighbours(self, rig: Rig) -> tuple[Convoy, ...]:
        views = self._context.cache.of_rig("Convoy", rig.metadata.name, ResourceView)
        return tuple(each.resource for each in views if isinstance(each.resource, Convoy))

    async def _sources(self, convoy: Convoy, rig: Rig | None) -> tuple[Source, ...]:
        """The bead stores of the rig, read where that was not done since this process started."""
        if rig is None or not asks_stores(convoy):
            return ()
        stores = self._context.stores_of(rig.metadata.name, namespace=convoy.metadata.namespace)
        for store in stores:
            if store.status.index and self._context.bead_cache.beads(store.metadata.uid) is None:
                # What is not whole is mended by who looks after the store, and then the convoy is reconciled again.
                with contextlib.suppress(Missing, Unavailable):
                    await load_beads(self._context, store, store.status.index)
        bead_cache = self._context.bead_cache
        found = ((each, bead_cache.beads(each.metadata.uid)) for each in stores)
        return tuple(Source(store=store, beads=known.beads if known else None) for store, known in found)

    def _merged(self, convoy: Convoy, rig: Rig) -> frozenset[str]:
        """Beads that other convoys of the rig have merged, while their store still calls them open; but for those that are asked for again.

        Convoys beside it and those of the adapter's own namespace: what stands in others is written by who knows whom.
        """
        name, near = rig.metadata.name, (convoy.metadata.namespace, self._context.settings.namespace)
        found = [each.resource for each in self._context.cache.all("Convoy", ResourceView)]
        others = [
            each
            for each in found
            if isinstance(each, Convoy)
            and each.metadata.namespace in near
            and name in (each.spec.rig_ref, each.status.rig)
        ]
        gone = taken_back(others)
        return frozenset(
            bead
            for each in others
            for bead in each.status.merged_beads
            if (each.metadata.name, bead) not in gone
        ) - set(convoy.spec.tracked_beads)

    async def _gone(self, convoy: Convoy, workflows: tuple[WorkflowView, ...]) -> tuple[Observation, ...]:
        present = {each.key.name for each in workflows}
        gone = [
            each for each in convoy.status.trains if submitted_phase(each) and each.workflow not in present
        ]
        if not gone:
            return ()
        statuses: dict[str, PolecatStatus] = {}
        selector = f"{labels.CONVOY}={convoy.metadata.name}"
        namespace = convoy.metadata.namespace
        async for found in self._context.gateway.list("Polecat", namespace=namespace, selector=selector):
            statuses[found["spec"].get("beadID", "")] = PolecatStatus.model_validate(
                found.get("status") or {}
            )
        attempt = {"attempt": convoy.status.attempt or 0}
        then = convoy.model_copy(update={"spec": convoy.spec.model_copy(update=attempt)})
        return tuple(rebuilt(then, train, statuses) for train in gone)

    async def _submit(self, seen: ResourceView, state: ConvoyState, decision: Decision) -> Decision:
        """Submit what is due. The status is written before: whatever happens then, the next reconcile knows what was meant."""
        try:
            compiled = self._submitter.compiled(decision, state)
        except Refused as refusal:
            return decide(dataclasses.replace(state, obstacle=Problem(type(refusal).__name__, str(refusal))))
        await self._context.writer.status(seen, decision.status)
        try:
            for each in compiled:
                await self._submitter.submit(decision.convoy, each)
        except WorkflowsError as obstacle:
            return decide(dataclasses.replace(state, obstacle=Problem("NameTaken", str(obstacle))))
        workflows = tuple(self._context.workflows_of(seen.key, seen.uid))
        return decide(dataclasses.replace(state, workflows=workflows))

    async def _steer(self, decision: Decision, workflows: tuple[WorkflowView, ...]) -> None:
        spec = decision.convoy.spec
        present = [each for each in workflows if each.observation.attempt == spec.attempt]
        for change in steer(present, stop=spec.stop, suspend=decision.suspend):
            await self._context.writer.change(change)

    async def _look_again(self, state: ConvoyState) -> None:
        """Let merges go on whose pull requests have changed."""
        told = state.rig.status.events if state.rig else None
        for view in state.workflows:
            names = over(view, told)
            if names:
                manifest = await self._context.gateway.get(view.key)
                change = resume(view, manifest, names, now=self._context.now())
                if change:
                    await self._context.writer.change(change)

    async def _mark(self, convoy: Convoy, decision: Decision, workflows: tuple[WorkflowView, ...]) -> None:
        polecats = self._context.polecats_of(convoy)
        for each in stop_files(workflows, polecats, spent=decision.spent):
            await self._stop_files.write(each)
        for view in workflows:
            if view.ended:
                self._stop_files.forget(view.uid)

    async def _finish(self, convoy: Convoy, workflows: tuple[WorkflowView, ...]) -> None:
        """Remove the finalizer of Workflows whose end is recorded, and of those that somebody deletes while they run."""
        for each in workflows:
            current = self._context.cache.find(each.key, WorkflowView)
            if current is None or current.uid != each.uid:
                continue
            if current.deleting and not current.ended:
                await self._remove_finalizer(current)
            elif current.ended and current.observation == each.observation:
                later = {
                    bead.bead: other.key.name
                    for other in workflows
                    if other.observation.attempt > each.observation.attempt
                    for bead in other.observation.beads
                }
                if self._projection.recorded(convoy.metadata.uid, each.observation, later):
                    await self._remove_finalizer(current)
            elif change := put_finalizer(current):
                await self._context.writer.change(change)

    async def _remove_finalizer(self, seen: WorkflowView) -> None:
        if change := remove_finalizer(seen):
            try:
                await self._context.writer.change(change)
            except Missing:
                return
