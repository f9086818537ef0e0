"""What a convoy's Workflows say about the convoy as a whole."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from crds import Condition, Convoy, ConvoyStatus, PhaseCounts, Waiting
from crds import Train as TrainStatus
from workflows.observe.bead import BeadObservation
from workflows.observe.conditions import condition
from workflows.observe.reasons import DEPENDENCY_FAILED, Stage
from workflows.observe.workflow import Observation

OMITTED = "Omitted"
"""Phase of a train that is not submitted, because nothing in it can run any more."""

ConvoyPhase = Literal["Pending", "InProgress", "Complete", "Failed"]


def convoy_status(convoy: Convoy, observations: Sequence[Observation]) -> ConvoyStatus:
    """The status of a convoy, from all Workflows of all its attempts.

    `convoy.status.trains` is the plan of the present attempt: a bead that no train ever carried was closed before the convoy began.
    """
    beads = _latest(convoy, observations)
    ids = convoy.spec.bead_ids
    planned = {bead for train in convoy.status.trains for bead in train.beads} | beads.keys()
    closed = {bead for bead in ids if bead not in planned} if convoy.status.trains else set()
    present = {str(each.workflow): each for each in observations if each.attempt == convoy.spec.attempt}
    # What failed by itself before, and was not taken up again, keeps its own reason.
    left_out = _left_out(convoy, present) - {name for name, bead in beads.items() if bead.failed_itself}
    if any(bead.held for bead in beads.values()):
        left_out = set()
    done = [bead for bead in ids if bead in closed or _is(beads.get(bead), Stage.DONE)]
    failed = [bead for bead in ids if bead in left_out or _is(beads.get(bead), Stage.FAILED)]
    decided = {*done, *failed}
    over = all(each.ended for each in present.values()) and len(done) + len(failed) == len(ids)
    phase = _phase(complete=len(done) == len(ids), over=over, started=bool(present))
    ended = max((each.finished for each in present.values() if each.finished), default=None)
    begun = min((each.started for each in observations if each.started), default=None)
    tokens = _total([bead.tokens for each in observations for bead in each.beads])
    unsubmitted = _unsubmitted(convoy, present, left_out)
    waiting = [*(each for each in _waiting(beads) if each.bead not in unsubmitted), *unsubmitted.values()]
    return ConvoyStatus(
        phase=phase,
        progress=f"{len(done)}/{len(ids)}",
        completed_beads=tuple(done),
        merged_beads=tuple(bead for bead in ids if bead in beads and beads[bead].merged),
        pending_beads=tuple(bead for bead in ids if bead not in decided),
        failed_beads=tuple(failed),
        phases=_counts(ids, beads, closed=closed, left_out=left_out),
        waiting=tuple(waiting),
        trains=_trains(convoy, observations),
        cost_usd=_total([bead.cost for each in observations for bead in each.beads]),
        tokens=None if tokens is None else round(tokens),
        attempt=convoy.spec.attempt,
        started_at=begun,
        completed_at=ended if phase in ("Complete", "Failed") else None,
        observed_generation=convoy.metadata.generation or None,
        conditions=_conditions(phase, failed, beads, at=ended or begun or convoy.metadata.creation_timestamp),
    )


def _latest(convoy: Convoy, observations: Sequence[Observation]) -> dict[str, BeadObservation]:
    """Each bead as its last attempt shows it. What was done once stays done; what failed and is to be tried again has not failed yet."""
    beads: dict[str, BeadObservation] = {}
    for observation in sorted(observations, key=lambda each: each.attempt):
        for bead in observation.beads:
            if not _is(beads.get(bead.bead), Stage.DONE):
                beads[bead.bead] = bead
    submitted = {str(each.workflow) for each in observations}
    to_come = {
        bead
        for train in convoy.status.trains
        if train.workflow not in submitted and train.phase != OMITTED
        for bead in train.beads
    }
    stays = {name for name, bead in beads.items() if bead.held or bead.stage is Stage.DONE}
    return {name: bead for name, bead in beads.items() if name in stays or name not in to_come}


def _is(bead: BeadObservation | None, stage: Stage) -> bool:
    return bead is not None and bead.stage is stage


def _phase(*, complete: bool, over: bool, started: bool) -> ConvoyPhase:
    if complete:
        return "Complete"
    if over:
        return "Failed"
    return "InProgress" if started else "Pending"


def _left_out(convoy: Convoy, present: Mapping[str, Observation]) -> set[str]:
    """Beads of later trains that cannot run any more: their train was submitted without them, or its turn came and went."""
    submitted = [train for train in convoy.status.trains if train.workflow in present]
    carried = {bead.bead for each in present.values() for bead in each.beads}
    gone = {bead for train in submitted if present[train.workflow].known for bead in train.beads} - carried
    if present and all(each.ended for each in present.values()) and convoy.spec.stop:
        gone |= {bead for train in convoy.status.trains for bead in train.beads} - carried
    return gone | {bead for train in convoy.status.trains if train.phase == OMITTED for bead in train.beads}


def _counts(
    ids: Sequence[str], beads: dict[str, BeadObservation], *, closed: Collection[str], left_out: set[str]
) -> PhaseCounts:
    counts = dict.fromkeys(Stage, 0)
    for bead in ids:
        observed = beads.get(bead)
        if observed is not None and bead not in left_out:
            counts[observed.stage] += 1
        else:
            counts[Stage.FAILED if bead in left_out else Stage.DONE if bead in closed else Stage.WAITING] += 1
    return PhaseCounts(**{stage.value: number for stage, number in counts.items()})


def _waiting(beads: dict[str, BeadObservation]) -> list[Waiting]:
    return [
        Waiting(bead=bead.bead, reason=bead.message)
        for bead in beads.values()
        if bead.stage is Stage.WAITING or bead.reason == DEPENDENCY_FAILED
    ]


def _unsubmitted(
    convoy: Convoy, present: Mapping[str, Observation], left_out: set[str]
) -> dict[str, Waiting]:
    reasons = {
        bead: "cannot start: what it needs failed"
        if bead in left_out
        else f"its train {train.workflow} starts when the trains before it have ended"
        for train in convoy.status.trains
        for bead in train.beads
        if bead in left_out or train.workflow not in present
    }
    return {bead: Waiting(bead=bead, reason=reason) for bead, reason in reasons.items()}


def _trains(convoy: Convoy, observations: Sequence[Observation]) -> tuple[TrainStatus, ...]:
    phases = {str(observation.workflow): observation.phase for observation in observations}
    return tuple(
        train.model_copy(update={"phase": phases.get(train.workflow, train.phase)})
        for train in convoy.status.trains
    )


def _total(values: Sequence[float | None]) -> float | None:
    told = [value for value in values if value is not None]
    return sum(told) if told else None


def _conditions(
    phase: str, failed: Sequence[str], beads: dict[str, BeadObservation], *, at: datetime.datetime | None
) -> tuple[Condition, ...]:
    if phase == "Complete":
        return (
            condition("Complete", "Complete", "every bead is done", holds=True, at=at),
            condition("Ready", "Synced", "the convoy has ended", holds=True, at=at),
        )
    if phase == "Failed":
        told = [beads[bead] for bead in failed if bead in beads]
        first = next((bead for bead in told if bead.reason != DEPENDENCY_FAILED), None)
        why = f"{first.bead}: {first.message}" if first else "the convoy was stopped"
        return (
            condition("Complete", first.reason if first else "Stopped", why, holds=False, at=at),
            condition("Ready", "Synced", "the convoy has ended", holds=True, at=at),
        )
    started = phase == "InProgress"
    message = "work is under way" if started else "not started"
    return (
        condition("Complete", "InProgress", message, holds=False, at=at),
        condition("Ready", "Started" if started else "Synced", message, holds=True, at=at),
    )
