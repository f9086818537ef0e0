"""Which Workflows of a convoy are submitted when: in the order of its plan, each without the beads that can no longer run."""

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from crds import Convoy, Manifest
from crds import Train as TrainStatus
from workflows.beads import Bead
from workflows.convoys.dispatch import done_beads, due, in_time, scope_of
from workflows.local.ground import Ground
from workflows.local.store import Store
from workflows.names import BeadId, workflow_name
from workflows.observe import OMITTED, Observation, observe
from workflows.plan import Plan, Train, plan_convoy

if TYPE_CHECKING:
    from workflows.compile import Compiled


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A convoy that was planned and compiled, and not yet made: what a dry run shows."""

    convoy: Convoy
    plan: Plan
    workflows: tuple[Manifest, ...]
    config_maps: tuple[Manifest, ...]


class Dispatch:
    """The trains of a convoy's present attempt. `earlier` are its Workflows so far; what they did is not planned again."""

    def __init__(self, convoy: Convoy, ground: Ground, earlier: Sequence[Observation] = ()) -> None:
        self._convoy = convoy
        self._ground = ground
        self._scope = scope_of(convoy, earlier)
        self._done = _done_before(convoy, earlier)
        self.plan = planned(convoy, ground.beads, earlier)

    @property
    def trains(self) -> tuple[TrainStatus, ...]:
        """The plan as it stands in the convoy's status."""
        return trains(self._convoy, self.plan)

    def submit_ready(self, store: Store, *, now: datetime.datetime) -> bool:
        """Submit every train whose turn has come, once; tells whether some are still to come."""
        name, attempt = self._convoy.metadata.name, self._convoy.spec.attempt
        present = {each.workflow: each for each in map(observe, store.workflows(name, attempt))}
        turn = due(self.plan, present, attempt=attempt, done=self._done, scope=self._scope)
        rest = in_time(self._convoy, present.values(), now=now)
        for part in turn.submit:
            self._submit(part, store, rest)
        for train in turn.omit:
            self._omit(train, store)
        return turn.more

    def prepared(self) -> Prepared:
        """All its trains, planned and compiled."""
        compiled = [self.compiled(train, self._convoy) for train in self.plan.trains]
        maps = {each["metadata"]["name"]: each for one in compiled for each in one.config_maps}
        return Prepared(
            convoy=self._convoy,
            plan=self.plan,
            workflows=tuple(one.workflow for one in compiled),
            config_maps=tuple(maps.values()),
        )

    def compiled(self, train: Train, convoy: Convoy) -> "Compiled":
        """The Workflow of one train, with the limits of `convoy`, which may have changed since it was planned."""
        # Hera takes most of a second to import, and a runner that only goes on with what was submitted never needs it.
        from workflows.compile import CompileSettings, Request, compile_train  # noqa: PLC0415

        ground = self._ground
        request = Request(
            convoy=convoy,
            rig=ground.rig,
            refinery=ground.refinery,
            agents=ground.agents,
            settings=CompileSettings.model_validate(ground.identity),
        )
        return compile_train(self.plan, train, request)

    def _submit(self, train: Train, store: Store, convoy: Convoy) -> None:
        made = self.compiled(train, convoy)
        store.submit(made.workflow, made.config_maps, train=train.index, attempt=self._convoy.spec.attempt)

    def _omit(self, train: Train, store: Store) -> None:
        with store.transaction():  # `stop` writes to the same manifest
            manifest = store.resource("Convoy", self._convoy.metadata.name)
            if manifest is not None and manifest["status"]["trains"][train.index].get("phase") != OMITTED:
                manifest["status"]["trains"][train.index]["phase"] = OMITTED
                store.put_resource(manifest)


def planned(convoy: Convoy, beads: Mapping[BeadId, Bead], earlier: Sequence[Observation]) -> Plan:
    """The plan of a convoy's present attempt. `earlier` are its Workflows so far; what they did is not planned again."""
    return plan_convoy(convoy, beads, done=_done_before(convoy, earlier), kept=_announced(convoy))


def trains(convoy: Convoy, plan: Plan) -> tuple[TrainStatus, ...]:
    """A plan as it stands in the convoy's status: a train that was planned before as it is there, the others not submitted yet."""
    known = {train.workflow: train for train in convoy.status.trains}
    named = ((workflow_name(plan.convoy, train.index, convoy.spec.attempt), train) for train in plan.trains)
    return tuple(
        known.get(name) or TrainStatus(workflow=name, beads=tuple(task.bead.id for task in train.tasks))
        for name, train in named
    )


def _done_before(convoy: Convoy, earlier: Iterable[Observation]) -> frozenset[BeadId]:
    return done_beads(each for each in earlier if each.attempt < convoy.spec.attempt)


def announced(convoy: Convoy) -> bool:
    """Whether the trains of the present attempt stand in its status."""
    return not convoy.status.trains or bool(_announced(convoy))


def _announced(convoy: Convoy) -> dict[int, tuple[BeadId, ...]]:
    """The trains of the present attempt that were planned before: beads that were added since get trains of their own."""
    name, attempt = convoy.metadata.name, convoy.spec.attempt
    return {
        index: tuple(map(BeadId, train.beads))
        for index, train in enumerate(convoy.status.trains)
        if train.workflow == workflow_name(name, index, attempt)
    }
