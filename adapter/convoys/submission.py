"""Submits the trains of a convoy: makes its Polecats, the ConfigMaps of its texts, and its Workflows."""

import dataclasses
from collections.abc import Iterable

from adapter.argo.submission import owned, submit_texts, submit_workflow
from adapter.context import Context
from adapter.convoys.decision import Decision
from adapter.convoys.state import ConvoyState
from adapter.errors import Exists
from adapter.objects.keys import Key
from adapter.objects.views import PolecatView
from adapter.polecats.manifest import name_of, polecat_manifest
from crds import Convoy, Rig
from workflows.agents import presets
from workflows.compile import Compiled, Request, compile_train
from workflows.errors import Occupied
from workflows.names import BeadId, TaskName
from workflows.observe import Observation
from workflows.plan import Train


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CompiledTrain:
    """One train, compiled: what is made, in this order."""

    rig: Rig
    train: Train
    compiled: Compiled


class Submitter:
    """Makes objects. Each name is a function of what it is for, so making one twice finds the first."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def compiled(self, decision: Decision, state: ConvoyState) -> list[CompiledTrain]:
        """Compile what is due. Raises Refused, and then nothing was made."""
        if decision.plan is None or state.rig is None or state.refinery is None:
            return []
        convoy, rig = decision.convoy, state.rig
        settings = self._context.settings.compile.model_copy(update={"namespace": convoy.metadata.namespace})
        request = Request(
            convoy=convoy,
            rig=rig,
            refinery=state.refinery,
            agents=presets(rig=rig.spec.agents),
            store=next((each.store for each in state.sources if each.store.spec.write_back), None),
            settings=settings,
        )
        return [
            CompiledTrain(
                rig=rig,
                train=train,
                compiled=owned(compile_train(decision.plan, train, request), convoy, rig),
            )
            for train in decision.submit
        ]

    async def submit(self, convoy: Convoy, train: CompiledTrain) -> None:
        """Make everything of a train. Raises Occupied where its Workflow's name is a stranger's."""
        tasks = {task.bead.id: task.name for task in train.train.tasks}
        await self._make_polecats(convoy, train.rig, tasks.items())
        await submit_texts(self._context, train.compiled.config_maps, uid=convoy.metadata.uid)
        await submit_workflow(self._context, train.compiled.workflow, uid=convoy.metadata.uid)

    async def polecats(self, convoy: Convoy, observations: Iterable[Observation]) -> None:
        """Make again what a hand deleted: each bead that a Workflow carries has its Polecat."""
        rig = self._context.rig_of(convoy)
        if rig is None:
            return
        tasks = {bead.bead: bead.task for each in observations for bead in each.beads}
        await self._make_polecats(convoy, rig, tasks.items())

    async def _make_polecats(
        self, convoy: Convoy, rig: Rig, tasks: Iterable[tuple[BeadId, TaskName]]
    ) -> None:
        known = self._context.polecats_of(convoy)
        for bead, task in tasks:
            if bead not in known:
                await self._make_polecat(convoy, rig, bead=bead, task=task)

    async def _make_polecat(self, convoy: Convoy, rig: Rig, *, bead: BeadId, task: TaskName) -> None:
        taken: set[str] = set()
        for _ in range(2):
            name = name_of(convoy, rig, bead=bead, task=task, taken=taken)
            try:
                await self._context.writer.create(polecat_manifest(name, bead, convoy=convoy, rig=rig))
            except Exists:
                key = Key("Polecat", convoy.metadata.namespace, name)
                self._context.writer.take("Polecat", await self._context.gateway.get(key))
                seen = self._context.cache.find(key, PolecatView)
                if seen is not None and seen.owner == convoy.metadata.uid:
                    return
                taken.add(name)
            else:
                return
        raise Occupied(
            f"polecat of {bead}: its names {', '.join(sorted(taken))} belong to others; delete one"
        )
