"""What a convoy's state asks for: one pure function from what is there to the status to write and the trains to submit."""

import dataclasses
from collections.abc import Mapping

from adapter.convoys.sources import beads_of
from adapter.convoys.sources import obstacle as unresolved
from adapter.convoys.state import ConvoyState
from adapter.convoys.status import nothing_left, status_of
from adapter.convoys.timetable import Timetable, all_submitted, carried_beads, stands, timetable, without
from adapter.objects import logins
from adapter.objects.conditions import UNREACHABLE, Problem, to_wire, unreachable
from adapter.objects.sharing import not_shared
from crds import (
    Convoy,
    Manifest,
)
from workflows.convoys.dispatch import Due, begun, done_beads, due, in_time, left, overspent, scope_of
from workflows.errors import Refused
from workflows.names import BeadId, WorkflowName, workflow_name
from workflows.observe import OMITTED, Observation
from workflows.plan import Plan, Scope, Train


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done, in this order: write the status, then submit. `convoy` is what is compiled: on its rig, within its time.

    `requeue_after` is in how many seconds something falls due by itself, `spent` why no further agent may start in what runs,
    `suspend` whether nothing of what runs may begin.
    """

    convoy: Convoy
    status: Manifest
    plan: Plan | None
    submit: tuple[Train, ...]
    requeue_after: float | None
    spent: str = ""
    suspend: bool = False


def decide(state: ConvoyState) -> Decision:
    """The way of a convoy from its state on."""
    convoy = _attempt(state)
    observations = _observations(state)
    present = {each.workflow: each for each in observations if each.attempt == convoy.spec.attempt}
    table, problem = _table(state, convoy, observations, present)
    trains = table.trains if table else convoy.status.trains
    rest, spent = left(convoy, observations, now=state.now), overspent(convoy, observations)
    spent = spent and f"{spent}; raise it, then raise spec.attempt"
    stopped = _stopped(convoy, rest=rest, spent=spent)
    away = None if stopped else _logged_out(state, convoy, present)
    turn = _turn(
        table,
        convoy,
        present,
        stopped=stopped,
        held=convoy.spec.suspend or bool(away),
        scope=scope_of(convoy, observations),
    )
    if stopped:
        over = {WorkflowName(train.workflow) for train in trains if train.workflow not in present}
    else:
        omitted = {train.index for train in turn.omit}
        over = {workflow_name(convoy.metadata.name, index, convoy.spec.attempt) for index in omitted}
    trains = without(trains, over)
    planned = convoy.model_copy(update={"status": convoy.status.model_copy(update={"trains": trains})})
    problem = problem or state.obstacle
    status = status_of(state, planned, observations, problem=problem, stopped=stopped, spent=spent, away=away)
    if not (trains or observations or problem) and (table or stands(convoy)):
        status = nothing_left(status, planned, now=state.now)
    return Decision(
        convoy=in_time(planned, observations, now=state.now),
        status=to_wire(status),
        plan=table.plan if table else None,
        submit=turn.submit,
        requeue_after=_next(rest, away) if status.completed_at is None else None,
        spent=spent,
        suspend=convoy.spec.suspend or bool(away),
    )


def _attempt(state: ConvoyState) -> Convoy:
    """The convoy on its rig, at the attempt that runs."""
    convoy = state.convoy
    rig = state.rig.metadata.name if state.rig else convoy.spec.rig_ref
    on_rig = convoy.model_copy(update={"spec": convoy.spec.model_copy(update={"rig_ref": rig})})
    return begun(on_rig, (each.observation for each in state.workflows))


def _observations(state: ConvoyState) -> list[Observation]:
    return [*(each.observation for each in state.workflows), *state.gone]


def _table(
    state: ConvoyState,
    convoy: Convoy,
    observations: list[Observation],
    present: Mapping[WorkflowName, Observation],
) -> tuple[Timetable | None, Problem | None]:
    """The timetable where one is needed, and what stands in its way."""
    if all_submitted(convoy, present.keys()):
        return None, None
    if state.rig is None:
        name = convoy.spec.rig_ref or "for the prefix of its beads"
        return None, Problem("RigNotFound", f"there is no rig {name}; make one, or name another in rigRef")
    if closed := not_shared(state.rig, convoy.metadata.namespace):
        return None, closed
    if state.refinery is None:
        return None, Problem(
            "RefineryNotFound",
            f"rig {state.rig.metadata.name} has no refinery yet; it is made with the rig",
        )
    if away := unreachable(state.rig):
        return None, Problem(UNREACHABLE, f"{away}; work starts when it answers")
    earlier = (each for each in observations if each.attempt < convoy.spec.attempt)
    done = done_beads(earlier) | {BeadId(bead) for bead in convoy.status.completed_beads}
    carried = done | carried_beads(convoy, present.keys())
    missing = unresolved(convoy, state.rig.metadata.name, state.sources, carried=carried)
    if missing:
        return None, missing
    try:
        beads = beads_of(state.sources, state.merged)
        return timetable(convoy, beads, submitted=present.keys(), done=done), None
    except Refused as refusal:
        return None, Problem(type(refusal).__name__, str(refusal))


def _logged_out(
    state: ConvoyState, convoy: Convoy, present: Mapping[WorkflowName, Observation]
) -> Problem | None:
    """Why its agents wait for credentials, where they do."""
    return logins.refused(present.values(), state.synced) or (
        logins.held(convoy, state.rig, state.neighbours) if state.rig else None
    )


def _next(rest: float | None, away: Problem | None) -> float | None:
    return rest if away is None else min(logins.LOOK_AGAIN, logins.LOOK_AGAIN if rest is None else rest)


def _turn(
    table: Timetable | None,
    convoy: Convoy,
    present: Mapping[WorkflowName, Observation],
    *,
    stopped: str,
    held: bool,
    scope: Scope,
) -> Due:
    if table is None or stopped:
        return Due()
    omitted = [WorkflowName(train.workflow) for train in table.trains if train.phase == OMITTED]
    done = {BeadId(bead) for bead in convoy.status.completed_beads}
    turn = due(table.plan, present, attempt=convoy.spec.attempt, done=done, omitted=omitted, scope=scope)
    return dataclasses.replace(turn, submit=()) if held else turn


def _stopped(convoy: Convoy, *, rest: float | None, spent: str) -> str:
    """Why nothing of the convoy starts any more, empty while it may. `rest` is how many seconds are left to its deadline."""
    if convoy.spec.stop:
        return "the convoy was stopped"
    if rest is not None and rest <= 0:
        return f"the deadline of {convoy.spec.deadline} has passed"
    return spent
