"""What a convoy's state asks for: one pure function from what is there to the status to write and the trains to submit."""

import dataclasses
import datetime
from collections.abc import Mapping

from adapter.repositories import UNREACHABLE, unreachable
from adapter.sources import Source, beads_of
from adapter.sources import obstacle as unresolved
from adapter.statuses import SENTENCE, settled, since, told, wire
from adapter.trains import PLANNED, Timetable, carried_beads, stands, timetable, without
from adapter.trains import settled as all_submitted
from adapter.views import WorkflowView
from crds import (
    Condition,
    Convoy,
    ConvoyStatus,
    Manifest,
    PhaseCounts,
    Refinery,
    Rig,
    Waiting,
    retired_fields,
)
from workflows.dispatch import Due, done_beads, due, in_time, left
from workflows.errors import Refused
from workflows.names import BeadId, WorkflowName, workflow_name
from workflows.observe import OMITTED, Observation, convoy_status
from workflows.plan import Plan, Train


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConvoyState:
    """Everything that deciding about a convoy takes.

    `sources` are the bead stores that it may take beads from, `merged` beads that other convoys of the rig merged, `workflows` those that it owns, `remembered` what is known of those that are gone, `obstacle` why its last try to submit failed.
    """

    convoy: Convoy
    rig: Rig | None
    refinery: Refinery | None
    workflows: tuple[WorkflowView, ...]
    now: datetime.datetime
    sources: tuple[Source, ...] = ()
    merged: frozenset[str] = frozenset()
    remembered: tuple[Observation, ...] = ()
    obstacle: tuple[str, str] = ("", "")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done, in this order: write the status, then submit. `convoy` is what is compiled: on its rig, within its time.

    `look_again` is in how many seconds something falls due by itself, `spent` why no further agent may start in what runs.
    """

    convoy: Convoy
    status: Manifest
    plan: Plan | None
    submit: tuple[Train, ...]
    look_again: float | None
    spent: str = ""


def decide(state: ConvoyState) -> Decision:
    """The way of a convoy from its state on."""
    convoy = _attempt(state)
    observations = _observations(state)
    present = {each.workflow: each for each in observations if each.attempt == convoy.spec.attempt}
    table, problem = _table(state, convoy, observations, present)
    trains = table.trains if table else convoy.status.trains
    rest, spent = left(convoy, observations, now=state.now), _spent(convoy, observations)
    stopped = _stopped(convoy, rest=rest, spent=spent)
    turn = _turn(table, convoy, present, stopped=stopped)
    if stopped:
        over = {WorkflowName(train.workflow) for train in trains if train.workflow not in present}
    else:
        omitted = {train.index for train in turn.omit}
        over = {workflow_name(convoy.metadata.name, index, convoy.spec.attempt) for index in omitted}
    trains = without(trains, over)
    planned = convoy.model_copy(update={"status": convoy.status.model_copy(update={"trains": trains})})
    problem = problem if problem[0] else state.obstacle
    status = _status(state, planned, observations, problem=problem, stopped=stopped, spent=spent)
    if not (trains or observations or problem[0]) and (table or stands(convoy)):
        status = nothing_left(status, planned, now=state.now)
    return Decision(
        convoy=in_time(planned, observations, now=state.now),
        status=wire(status),
        plan=table.plan if table else None,
        submit=turn.submit,
        look_again=rest if status.completed_at is None else None,
        spent=spent,
    )


def _attempt(state: ConvoyState) -> Convoy:
    """The convoy on its rig. A new attempt begins when the one before it has ended: two must not work the same bead at once."""
    convoy = state.convoy
    earlier = [
        each.observation.attempt
        for each in state.workflows
        if not each.ended and each.observation.attempt < convoy.spec.attempt
    ]
    rig = state.rig.metadata.name if state.rig else convoy.spec.rig_ref
    update = {"rig_ref": rig, "attempt": max(earlier, default=convoy.spec.attempt)}
    return convoy.model_copy(update={"spec": convoy.spec.model_copy(update=update)})


def _observations(state: ConvoyState) -> list[Observation]:
    return [*(each.observation for each in state.workflows), *state.remembered]


def _table(
    state: ConvoyState,
    convoy: Convoy,
    observations: list[Observation],
    present: Mapping[WorkflowName, Observation],
) -> tuple[Timetable | None, tuple[str, str]]:
    """The timetable where one is needed, and what stands in its way as a reason and a sentence."""
    if all_submitted(convoy, present.keys()):
        return None, ("", "")
    if state.rig is None:
        name = convoy.spec.rig_ref or "for the prefix of its beads"
        return None, ("RigNotFound", f"there is no rig {name}; make one, or name another in rigRef")
    if state.refinery is None:
        return None, (
            "RefineryNotFound",
            f"rig {state.rig.metadata.name} has no refinery yet; it is made with the rig",
        )
    if away := unreachable(state.rig):
        return None, (UNREACHABLE, f"{away}; work starts when it answers")
    earlier = (each for each in observations if each.attempt < convoy.spec.attempt)
    done = done_beads(earlier) | {BeadId(bead) for bead in convoy.status.completed_beads}
    carried = done | carried_beads(convoy, present.keys())
    missing = unresolved(convoy, state.rig.metadata.name, state.sources, carried=carried)
    if missing[0]:
        return None, missing
    try:
        return timetable(
            convoy, beads_of(state.sources, state.merged), submitted=present.keys(), done=done
        ), ("", "")
    except Refused as refusal:
        return None, (type(refusal).__name__, str(refusal))


def _turn(
    table: Timetable | None,
    convoy: Convoy,
    present: Mapping[WorkflowName, Observation],
    *,
    stopped: str,
) -> Due:
    if table is None or stopped:
        return Due()
    omitted = [WorkflowName(train.workflow) for train in table.trains if train.phase == OMITTED]
    done = {BeadId(bead) for bead in convoy.status.completed_beads}
    turn = due(table.plan, present, attempt=convoy.spec.attempt, done=done, omitted=omitted)
    return dataclasses.replace(turn, submit=()) if convoy.spec.suspend else turn


def _stopped(convoy: Convoy, *, rest: float | None, spent: str) -> str:
    """Why nothing of the convoy starts any more, empty while it may. `rest` is how many seconds are left to its deadline."""
    if convoy.spec.stop:
        return "the convoy was stopped"
    if rest is not None and rest <= 0:
        return f"the deadline of {convoy.spec.deadline} has passed"
    return spent


def _spent(convoy: Convoy, observations: list[Observation]) -> str:
    total = convoy.spec.budget.total_usd if convoy.spec.budget else 0.0
    spent = sum(bead.cost or 0.0 for each in observations for bead in each.beads)
    if not total or spent < total:
        return ""
    return f"the convoy's budget of ${total:g} is spent (${spent:.2f}); raise it, then raise spec.attempt"


def _status(
    state: ConvoyState,
    convoy: Convoy,
    observations: list[Observation],
    *,
    problem: tuple[str, str],
    stopped: str,
    spent: str,
) -> ConvoyStatus:
    before = state.convoy.status
    if not all(each.known for each in observations):
        return _unknown(state, observations)
    status = convoy_status(convoy, observations)
    ids = [*convoy.spec.tracked_beads, *(bead.id for bead in convoy.spec.beads)]
    merged = {*before.merged_beads, *status.merged_beads}
    begun = [each for each in (before.started_at, status.started_at) if each]
    costs = [each for each in (before.cost_usd, status.cost_usd) if each is not None]
    tokens = [each for each in (before.tokens, status.tokens) if each is not None]
    conditions = [*status.conditions, *_aspects(state, convoy, problem=problem, spent=spent)]
    if problem[0]:
        conditions = [each for each in conditions if each.type != "Ready"]
        conditions.append(told("Ready", problem[0], problem[1], holds=False))
    return status.model_copy(
        update={
            "rig": convoy.spec.rig_ref,
            # What a Workflow that is gone has told stays told.
            "merged_beads": tuple(bead for bead in ids if bead in merged),
            "started_at": min(begun, default=None),
            "cost_usd": max(costs, default=None),
            "tokens": max(tokens, default=None),
            "waiting": _waiting(convoy, status, problem=problem[1], stopped=stopped),
            "conditions": settled(
                conditions, since(before.conditions), now=state.now, generation=convoy.metadata.generation
            ),
        }
    )


def nothing_left(status: ConvoyStatus, convoy: Convoy, *, now: datetime.datetime) -> ConvoyStatus:
    """The status of a convoy that was planned and found without work: all its beads were closed before it began."""
    ids = status.pending_beads
    before = convoy.status
    found = [each for each in status.conditions if each.type not in ("Complete", "Ready")]
    found += [
        told("Complete", "Complete", "every bead was closed before", holds=True),
        told("Ready", "Synced", "the convoy has ended", holds=True),
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
            "conditions": settled(found, since(before.conditions), now=now, generation=generation),
        }
    )


def _unknown(state: ConvoyState, observations: list[Observation]) -> ConvoyStatus:
    """Nodes are stored where they can't be read: what was known stays, and the status says that it is old."""
    before = state.convoy.status
    names = ", ".join(each.workflow for each in observations if not each.known)
    message = f"the nodes of {names} are stored outside of the Workflow, where they can't be read from here"
    others = [each for each in before.conditions if each.type != "Ready"]
    conditions = [*others, told("Ready", "NodesOffloaded", message, holds=False)]
    generation = state.convoy.metadata.generation
    return before.model_copy(
        update={
            "conditions": settled(conditions, since(before.conditions), now=state.now, generation=generation)
        }
    )


def _waiting(convoy: Convoy, status: ConvoyStatus, *, problem: str, stopped: str) -> tuple[Waiting, ...]:
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
        elif convoy.spec.suspend and (bead in unsubmitted or known[bead].startswith("ready")):
            known[bead] = "the convoy is suspended; set spec.suspend to false to go on"
    return tuple(Waiting(bead=bead, reason=reason[:SENTENCE]) for bead, reason in known.items())


def _aspects(state: ConvoyState, convoy: Convoy, *, problem: tuple[str, str], spent: str) -> list[Condition]:
    """The conditions that only a cluster has."""
    count = len(convoy.status.trains)
    found = [
        told(PLANNED, problem[0], problem[1], holds=False)
        if problem[0]
        else told(PLANNED, "Planned", f"{count} Workflow{'s' if count != 1 else ''}", holds=True)
    ]
    if spent:
        found.append(told("BudgetExceeded", "BudgetExceeded", spent, holds=True))
    by_hand = [each.key.name for each in state.workflows if each.suspended and not each.held_by]
    if convoy.spec.suspend:
        found.append(
            told("Suspended", "AskedFor", "spec.suspend is true: no further bead starts", holds=True)
        )
    elif by_hand and not convoy.spec.stop:
        message = f"{', '.join(by_hand)} was suspended with Argo's tools; resume it there"
        found.append(told("Suspended", "ByHand", message, holds=True))
    if state.convoy.spec.attempt != convoy.spec.attempt:
        message = f"attempt {state.convoy.spec.attempt} begins when attempt {convoy.spec.attempt} has ended"
        found.append(told("Retrying", "WaitsForEnd", message, holds=False))
    if sentences := retired_fields(convoy.spec):
        found.append(told("RetiredFields", "WithoutEffect", "; ".join(sentences), holds=True))
    return found
