"""A convoy, brought to where its spec wants it: status first, then Polecats, texts and Workflows, each safe to do twice."""

import contextlib
import dataclasses

from adapter.argo.finalizer import hold, release
from adapter.argo.gone import remembered
from adapter.argo.marks import Marker, marks
from adapter.argo.steering import steer
from adapter.beadstores.files import shelve
from adapter.context import Town
from adapter.convoys.decision import Decision, decide
from adapter.convoys.sources import Source
from adapter.convoys.state import ConvoyState
from adapter.convoys.submission import Slinger
from adapter.convoys.timetable import submitted_phase
from adapter.errors import Denied, Missing
from adapter.objects.keys import Key
from adapter.objects.views import ResourceView, WorkflowView
from adapter.polecats.projection import Showcase
from crds import Convoy, PolecatStatus, Rig
from workflows import labels
from workflows.errors import Refused, Unavailable, WorkflowsError
from workflows.observe import Observation
from workflows.plan.members import asks_stores


class ConvoyReconciler:
    """Looks at convoys."""

    def __init__(self, town: Town, showcase: Showcase) -> None:
        self._town = town
        self._showcase = showcase
        self._slinger = Slinger(town)
        self._marker = Marker(town)

    async def __call__(self, key: Key) -> None:
        """Look at one. Raises Denied for one that can't be read."""
        seen = self._town.mirror.find(key, ResourceView)
        if seen is None:
            return
        if not isinstance(seen.resource, Convoy):
            raise Denied(f"{key}: {seen.problem}; it was written under another version of its definition")
        if seen.deleting:
            for each in self._town.workflows_of(seen.uid):
                await self._let_go(each)
            return
        await self._go_on(seen, seen.resource)

    async def _go_on(self, seen: ResourceView, convoy: Convoy) -> None:
        state = await self._state(convoy)
        decision = decide(state)
        if decision.submit:
            decision = await self._submit(seen, state, decision)
        current = self._town.mirror.find(seen.key, ResourceView) or seen
        await self._town.writer.status(current, decision.status)
        await self._slinger.polecats(convoy, [each.observation for each in state.workflows])
        await self._showcase.show(convoy, state.remembered)
        await self._steer(decision, state.workflows)
        await self._mark(convoy, decision, state.workflows)
        await self._release(convoy, state.workflows)
        if decision.look_again is not None:
            self._town.queue.add(seen.key, after=max(0.5, decision.look_again + 0.5))

    async def _state(self, convoy: Convoy) -> ConvoyState:
        rig = self._town.rig_of(convoy)
        namespace = convoy.metadata.namespace
        refinery = self._town.refinery_of(rig.metadata.name, namespace=namespace) if rig else None
        workflows = tuple(self._town.workflows_of(convoy.metadata.uid))
        return ConvoyState(
            convoy=convoy,
            rig=rig,
            refinery=refinery,
            sources=await self._sources(convoy, rig),
            merged=self._merged(convoy, rig) if asks_stores(convoy) and rig else frozenset(),
            workflows=workflows,
            remembered=await self._remembered(convoy, workflows),
            now=self._town.now(),
        )

    async def _sources(self, convoy: Convoy, rig: Rig | None) -> tuple[Source, ...]:
        """The bead stores of the rig, read where that was not done since this process started."""
        if rig is None or not asks_stores(convoy):
            return ()
        stores = self._town.stores_of(rig.metadata.name, namespace=convoy.metadata.namespace)
        for store in stores:
            if store.status.index and self._town.shelf.beads(store.metadata.uid) is None:
                # What is not whole is mended by who looks after the store, and then the convoy is looked at again.
                with contextlib.suppress(Missing, Unavailable):
                    await shelve(self._town, store, store.status.index)
        shelf = self._town.shelf
        found = ((each, shelf.beads(each.metadata.uid)) for each in stores)
        return tuple(Source(store=store, beads=known.beads if known else None) for store, known in found)

    def _merged(self, convoy: Convoy, rig: Rig) -> frozenset[str]:
        """Beads that other convoys of the rig have merged, while their store still calls them open; but for those that are asked for again."""
        name = rig.metadata.name
        others = [each.resource for each in self._town.mirror.all("Convoy", ResourceView)]
        return frozenset(
            bead
            for each in others
            if isinstance(each, Convoy) and name in (each.spec.rig_ref, each.status.rig)
            for bead in each.status.merged_beads
        ) - set(convoy.spec.tracked_beads)

    async def _remembered(
        self, convoy: Convoy, workflows: tuple[WorkflowView, ...]
    ) -> tuple[Observation, ...]:
        present = {each.key.name for each in workflows}
        gone = [
            each for each in convoy.status.trains if submitted_phase(each) and each.workflow not in present
        ]
        if not gone:
            return ()
        statuses: dict[str, PolecatStatus] = {}
        selector = f"{labels.CONVOY}={convoy.metadata.name}"
        namespace = convoy.metadata.namespace
        async for found in self._town.gateway.list("Polecat", namespace=namespace, selector=selector):
            statuses[found["spec"].get("beadID", "")] = PolecatStatus.model_validate(
                found.get("status") or {}
            )
        attempt = {"attempt": convoy.status.attempt or 0}
        then = convoy.model_copy(update={"spec": convoy.spec.model_copy(update=attempt)})
        return tuple(remembered(then, train, statuses) for train in gone)

    async def _submit(self, seen: ResourceView, state: ConvoyState, decision: Decision) -> Decision:
        """Submit what is due. The status is written before: whatever happens then, the next look knows what was meant."""
        try:
            parcels = self._slinger.parcels(decision, state)
        except Refused as refusal:
            return decide(dataclasses.replace(state, obstacle=(type(refusal).__name__, str(refusal))))
        await self._town.writer.status(seen, decision.status)
        try:
            for parcel in parcels:
                await self._slinger.sling(decision.convoy, parcel)
        except WorkflowsError as obstacle:
            return decide(dataclasses.replace(state, obstacle=("NameTaken", str(obstacle))))
        workflows = tuple(self._town.workflows_of(seen.uid))
        return decide(dataclasses.replace(state, workflows=workflows))

    async def _steer(self, decision: Decision, workflows: tuple[WorkflowView, ...]) -> None:
        spec = decision.convoy.spec
        present = [each for each in workflows if each.observation.attempt == spec.attempt]
        for change in steer(present, stop=spec.stop, suspend=spec.suspend):
            await self._town.writer.change(change)

    async def _mark(self, convoy: Convoy, decision: Decision, workflows: tuple[WorkflowView, ...]) -> None:
        polecats = self._town.polecats_of(convoy.metadata.uid)
        for each in marks(workflows, polecats, spent=decision.spent):
            await self._marker.mark(each)
        for view in workflows:
            if view.ended:
                self._marker.forget(view.uid)

    async def _release(self, convoy: Convoy, workflows: tuple[WorkflowView, ...]) -> None:
        """Let go of Workflows whose end is recorded, and of those that somebody deletes while they run."""
        for each in workflows:
            current = self._town.mirror.find(each.key, WorkflowView)
            if current is None or current.uid != each.uid:
                continue
            if current.deleting and not current.ended:
                await self._let_go(current)
            elif current.ended and current.observation == each.observation:
                later = {
                    bead.bead: other.key.name
                    for other in workflows
                    if other.observation.attempt > each.observation.attempt
                    for bead in other.observation.beads
                }
                if self._showcase.complete(convoy.metadata.uid, each.observation, later):
                    await self._let_go(current)
            elif change := hold(current):
                await self._town.writer.change(change)

    async def _let_go(self, seen: WorkflowView) -> None:
        if change := release(seen):
            try:
                await self._town.writer.change(change)
            except Missing:
                return
