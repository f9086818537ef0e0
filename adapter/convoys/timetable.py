"""The trains of a convoy over its life: which stay as they were announced, and which are planned anew."""

import dataclasses
from collections.abc import Collection, Mapping

from adapter.convoys.sources import frozen
from adapter.objects.conditions import condition_of
from crds import Convoy
from crds import Train as TrainStatus
from workflows.beads import Bead
from workflows.names import BeadId, WorkflowName, workflow_name
from workflows.observe import OMITTED
from workflows.plan import Plan, plan_convoy

PLANNED = "Planned"
"""The condition of a convoy whose plan stands in its status; its `observedGeneration` is that of the spec that was planned."""

MOST = 256
"""Trains in one status."""


@dataclasses.dataclass(frozen=True, slots=True)
class Timetable:
    """A plan and how it stands in the convoy's status."""

    plan: Plan
    trains: tuple[TrainStatus, ...]


def stands(convoy: Convoy) -> bool:
    """True while the plan in the status is that of the spec."""
    planned = condition_of(convoy.status.conditions, PLANNED)
    return (
        planned is not None
        and planned.status == "True"
        and planned.observed_generation == convoy.metadata.generation
        and convoy.status.attempt == convoy.spec.attempt
    )


def all_submitted(convoy: Convoy, submitted: Collection[str]) -> bool:
    """True when the plan stands and nothing of it is still to be submitted."""
    return stands(convoy) and all(
        train.workflow in submitted or train.phase for train in convoy.status.trains
    )


def timetable(
    convoy: Convoy,
    beads: Mapping[BeadId, Bead],
    *,
    submitted: Collection[str],
    done: Collection[BeadId],
) -> Timetable:
    """Plan what the convoy still needs. Trains that were submitted keep their beads, whatever the spec says now.

    While the spec is as it was planned, trains that wait for their turn stay as well. Raises Refused.
    """
    same = stands(convoy)
    present = convoy.status.trains if convoy.status.attempt == convoy.spec.attempt else ()
    kept = {
        index: train
        for index in range(MOST)
        for train in present
        if train.workflow == workflow_name(convoy.metadata.name, index, convoy.spec.attempt)
        and (same or train.phase or train.workflow in submitted)
    }
    groups = {index: [BeadId(bead) for bead in train.beads] for index, train in kept.items()}
    carried = {bead for group in groups.values() for bead in group}
    known = frozen(beads, carried_beads(convoy, submitted) | set(done))
    plan = plan_convoy(convoy, known, done=set(done) - carried, kept=groups)
    closed = set(plan.closed)
    trains = tuple(
        _without_closed(kept[train.index], closed)
        if train.index in kept
        else TrainStatus(
            workflow=workflow_name(plan.convoy, train.index, convoy.spec.attempt),
            beads=tuple(task.bead.id for task in train.tasks),
        )
        for train in plan.trains
    )
    return Timetable(plan, trains)


def _without_closed(train: TrainStatus, closed: Collection[str]) -> TrainStatus:
    """A train that waited, without beads that somebody closed meanwhile."""
    return train.model_copy(update={"beads": tuple(bead for bead in train.beads if bead not in closed)})


def carried_beads(convoy: Convoy, submitted: Collection[str]) -> set[BeadId]:
    """The beads of trains that were submitted: what runs stays as it was when it was compiled."""
    return {
        BeadId(bead)
        for train in convoy.status.trains
        if train.workflow in submitted or submitted_phase(train)
        for bead in train.beads
    }


def without(trains: tuple[TrainStatus, ...], omitted: Collection[WorkflowName]) -> tuple[TrainStatus, ...]:
    """The trains with those marked that are passed over."""
    return tuple(
        train.model_copy(update={"phase": OMITTED}) if train.workflow in omitted else train
        for train in trains
    )


def submitted_phase(train: TrainStatus) -> bool:
    """True for a train whose status tells that its Workflow was there."""
    return train.phase not in ("", OMITTED)
