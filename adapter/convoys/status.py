"""The status of a convoy: what its Workflows show, and the conditions that only a cluster has."""

import datetime

from adapter.convoys.state import ConvoyState
from adapter.convoys.timetable import PLANNED
from adapter.objects.conditions import SENTENCE, Problem, condition, times, with_times, without_effect
from adapter.objects.logins import EXPIRED
from crds import (
    Condition,
    Convoy,
    ConvoyStatus,
    PhaseCounts,
    Waiting,
)
from workflows.observe import OMITTED, Observation, convoy_status


def status_of(
    state: ConvoyState,
    convoy: Convoy,
    observations: list[Observation],
    *,
    problem: Problem | None,
    stopped: str,
    spent: str,
    away: Problem | None = None,
) -> ConvoyStatus:
    """The status of a convoy from what its Workflows show. `problem` is why it can not be planned, `stopped`, `spent` and `away` why nothing
    starts: `away` until its agents' credentials are renewed.
    """
    before = state.convoy.status
    if not all(each.known for each in observations):
        return _unknown(state, observations)
    status = convoy_status(convoy, observations)
    ids = convoy.spec.bead_ids
    merged = {*before.merged_beads, *status.merged_beads}
    begun = [each for each in (before.started_at, status.started_at) if each]
    costs = [each for each in (before.cost_usd, status.cost_usd) if each is not None]
    tokens = [each for each in (before.tokens, status.tokens) if each is not None]
    conditions = [*status.conditions, *_aspects(state, convoy, problem=problem, spent=spent)]
    if away:
        conditions.append(condition(EXPIRED, away.reason, away.message, holds=True))
    if problem:
        conditions = [each for each in conditions if each.type != "Ready"]
        conditions.append(condition("Ready", problem.reason, problem.message, holds=False))
    return status.model_copy(
        update={
            "rig": convoy.spec.rig_ref,
            # What a Workflow that is gone has told stays told.
            "merged_beads": tuple(bead for bead in ids if bead in merged),
            "started_at": min(begun, default=None),
            "cost_usd": max(costs, default=None),
            "tokens": max(tokens, default=None),
            "waiting": _waiting(
                convoy,
                status,
                problem=problem.message if problem else "",
                stopped=stopped,
                away=away.message if away else "",
            ),
            "conditions": with_times(
                conditions, times(before.conditions), now=state.now, generation=convoy.metadata.generation
            ),
        }
    )


def nothing_left(status: ConvoyStatus, convoy: Convoy, *, now: datetime.datetime) -> ConvoyStatus:
    """The status of a convoy that was planned and found without work: all its beads were closed before it began."""
    ids = status.pending_beads
    before = convoy.status
    found = [each for each in status.conditions if each.type not in ("Complete", "Ready")]
    found += [
        condition("Complete", "Complete", "every bead was closed before", holds=True),
        condition("Ready", "Synced", "the convoy has ended", holds=True),
    ]
    generation = convoy.metadata.generation
    return status.model_copy(
        update={
            "phase": "Complete",
            "progress": f"{len(ids)}/{len(ids)}",
            "completed_beads": ids,
            "pending_beads": (),
            "phases": PhaseCounts(done=len(ids)),
            "waiting": (),
            "completed_at": before.completed_at or now,
            "conditions": with_times(found, times(before.conditions), now=now, generation=generation),
        }
    )


def _unknown(state: ConvoyState, observations: list[Observation]) -> ConvoyStatus:
    """Nodes are stored where they can't be read: what was known stays, and the status says that it is old."""
    before = state.convoy.status
    names = ", ".join(each.workflow for each in observations if not each.known)
    message = f"the nodes of {names} can't be read from here: they are stored outside of the Workflow, or somebody changed it"
    others = [each for each in before.conditions if each.type != "Ready"]
    conditions = [*others, condition("Ready", "NodesOffloaded", message, holds=False)]
    generation = state.convoy.metadata.generation
    return before.model_copy(
        update={
            "conditions": with_times(
                conditions, times(before.conditions), now=state.now, generation=generation
            )
        }
    )


def _waiting(
    convoy: Convoy, status: ConvoyStatus, *, problem: str, stopped: str, away: str
) -> tuple[Waiting, ...]:
    """Why each bead waits. A reason that holds for the whole convoy goes before that of the single bead."""
    known = {each.bead: each.reason for each in status.waiting}
    if problem and not status.trains:
        known = dict.fromkeys(status.pending_beads, problem)
    unsubmitted = {bead for train in status.trains if not train.phase for bead in train.beads}
    left_out = {bead for train in status.trains if train.phase == OMITTED for bead in train.beads}
    for bead in known:
        if bead in left_out and stopped:
            known[bead] = stopped
        elif bead in unsubmitted and problem:
            known[bead] = problem
        elif bead in unsubmitted or known[bead].startswith("ready"):
            if convoy.spec.suspend:
                known[bead] = "the convoy is suspended; set spec.suspend to false to go on"
            elif away:
                known[bead] = f"waits for its agent's credentials: {away}"
    return tuple(Waiting(bead=bead, reason=reason[:SENTENCE]) for bead, reason in known.items())


def _aspects(state: ConvoyState, convoy: Convoy, *, problem: Problem | None, spent: str) -> list[Condition]:
    """The conditions that only a cluster has."""
    count = len(convoy.status.trains)
    found = [
        condition(PLANNED, problem.reason, problem.message, holds=False)
        if problem
        else condition(PLANNED, "Planned", f"{count} Workflow{'s' if count != 1 else ''}", holds=True)
    ]
    if spent:
        found.append(condition("BudgetExceeded", "BudgetExceeded", spent, holds=True))
    by_hand = [each.key.name for each in state.workflows if each.suspended and not each.suspended_by]
    if convoy.spec.suspend:
        found.append(
            condition("Suspended", "AskedFor", "spec.suspend is true: no further bead starts", holds=True)
        )
    elif by_hand and not convoy.spec.stop:
        message = f"{', '.join(by_hand)} was suspended with Argo's tools; resume it there"
        found.append(condition("Suspended", "ByHand", message, holds=True))
    if state.convoy.spec.attempt != convoy.spec.attempt:
        message = f"attempt {state.convoy.spec.attempt} begins when attempt {convoy.spec.attempt} has ended"
        found.append(condition("Retrying", "WaitsForEnd", message, holds=False))
    return found + without_effect(convoy.spec)
