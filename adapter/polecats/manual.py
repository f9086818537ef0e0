"""What a Polecat made by hand asks for: a convoy of one bead, whose Workflow starts and stops by `desiredState`."""

import dataclasses
import datetime
from collections.abc import Sequence

from adapter.api.changes import Change
from adapter.argo.finalizer import put_finalizer, remove_finalizer
from adapter.argo.gone import DELETED, LOST
from adapter.argo.steering import detach, steer
from adapter.objects import logins
from adapter.objects.conditions import (
    UNREACHABLE,
    Problem,
    condition,
    times,
    to_wire,
    unreachable,
    with_times,
    without_effect,
)
from adapter.objects.sharing import branch_refused, not_shared
from adapter.objects.views import PolecatView, WorkflowView
from adapter.polecats.status import polecat_status
from adapter.polecats.translation import as_convoy, as_rig, stand_in
from crds import (
    Manifest,
    Polecat,
    PolecatStatus,
    Rig,
)
from workflows.observe import Observation
from workflows.observe.reasons import STOPPED


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ManualState:
    """What deciding about a Polecat takes. `rig` is the named one, if it is there; `refinery` whether that has one yet,
    `target` the branch that it merges into, and `synced` when its agent's credentials were renewed last.
    """

    seen: PolecatView
    polecat: Polecat
    rig: Rig | None
    workflows: Sequence[WorkflowView]
    image: str
    now: datetime.datetime
    refinery: bool = True
    target: str = ""
    obstacle: Problem | None = None
    synced: datetime.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ManualDecision:
    """What is to be done, in this order. `attempt` is the number of the Workflow to submit, None for none; `look_in` in how many
    seconds to look again.
    """

    status: Manifest
    attempt: int | None = None
    before: tuple[Change, ...] = ()
    after: tuple[Change, ...] = ()
    delete_in: float | None = None
    look_in: float | None = None


def decide(state: ManualState) -> ManualDecision:
    """The way of a Polecat from its state on."""
    own = sorted(state.workflows, key=lambda each: each.observation.attempt)
    current = next((each for each in reversed(own) if not each.detached), None)
    wanted = state.polecat.spec.desired_state
    if current is None:
        return _without_workflow(state, own)
    if wanted == "Working":
        return _working(state, current)
    if not current.ended and not current.deleting:
        steering = steer([current], stop=True, suspend=False)
        return ManualDecision(status=_observed(state, current.observation), after=steering)
    parting = [change for change in (detach(current),) if change]
    if wanted == "Terminated":
        removal = remove_finalizer(current)
        status = _terminated(state, current.observation)
        return ManualDecision(status=status, after=(removal,) if removal else ())
    return ManualDecision(status=_idle(state), before=tuple(parting))


def _without_workflow(state: ManualState, own: Sequence[WorkflowView]) -> ManualDecision:
    status, wanted = state.polecat.status, state.polecat.spec.desired_state
    if wanted == "Idle":
        return ManualDecision(status=_idle(state))
    if wanted == "Terminated":
        return ManualDecision(status=_terminated(state, None))
    if status.workflow and status.ended:
        # Its Workflow went away, by time or by hand. What is done stays done, and is not run again.
        return ManualDecision(status=to_wire(status), delete_in=_delete_in(state))
    if status.workflow:
        return ManualDecision(status=_lost(state))
    problem = state.obstacle or _problem(state)
    if problem:
        return ManualDecision(status=_not_ready(state, problem))
    attempt = max((each.observation.attempt for each in own), default=-1) + 1
    return ManualDecision(status=_not_ready(state), attempt=attempt)


def _working(state: ManualState, current: WorkflowView) -> ManualDecision:
    observation = current.observation
    if not observation.known:
        return ManualDecision(status=to_wire(state.polecat.status))
    removal = remove_finalizer(current) if current.ended or current.deleting else put_finalizer(current)
    waits = logins.refused([observation], state.synced) is not None
    return ManualDecision(
        status=_observed(state, observation),
        after=(*((removal,) if removal else ()), *steer([current], stop=False, suspend=waits)),
        delete_in=_delete_in(state) if current.ended else None,
        look_in=logins.LOOK_AGAIN if waits else None,
    )


def _problem(state: ManualState) -> Problem | None:
    spec = state.polecat.spec
    if spec.execution_mode == "local":
        return Problem(
            "LocalMode", "executionMode local runs on the machine of whoever slings; here it is kubernetes"
        )
    if as_rig(state.polecat, state.rig) is None:
        return Problem(
            "RigNotFound", f"there is no rig {spec.rig}; make it, or name a repository in spec.kubernetes"
        )
    if state.rig and (closed := not_shared(state.rig, state.polecat.metadata.namespace)):
        return closed
    if refused := branch_refused(state.polecat, state.rig, state.target):
        return refused
    if state.rig and not state.refinery:
        return Problem("RefineryNotFound", f"rig {spec.rig} has no refinery yet; it is made with the rig")
    if state.rig and spec.kubernetes is None and (away := unreachable(state.rig)):
        return Problem(UNREACHABLE, f"{away}; work starts when it answers")
    return None


def _delete_in(state: ManualState) -> float | None:
    """Seconds until the Polecat is to be deleted; None for never."""
    wanted, ended = state.polecat.spec.ttl_seconds_after_finished, state.polecat.status.finished_at
    if wanted is None or ended is None or not state.polecat.status.ended:
        return None
    return wanted - (state.now - ended).total_seconds()


def _observed(state: ManualState, observation: Observation) -> Manifest:
    polecat = state.polecat
    convoy = as_convoy(polecat, state.rig, attempt=observation.attempt)
    rig = as_rig(polecat, state.rig) or stand_in(polecat.spec.rig)
    if not observation.beads:
        return _not_ready(state)
    return polecat_status(
        state.seen,
        observation.beads[0],
        observation=observation,
        convoy=convoy,
        rig=rig,
        now=state.now,
        image=state.image,
        extra=without_effect(state.polecat.spec),
    )


def _idle(state: ManualState) -> Manifest:
    return _still(state, "Idle", "Idle", "desiredState is Idle", ready=True)


def _terminated(state: ManualState, observation: Observation | None) -> Manifest:
    before = to_wire(state.polecat.status) if observation is None else _observed(state, observation)
    known = PolecatStatus.model_validate(before)
    return _still(state, "Terminated", "Terminated", "desiredState is Terminated", ready=True, known=known)


def _lost(state: ManualState) -> Manifest:
    known = state.polecat.status.model_copy(update={"reason": STOPPED, "summary": LOST})
    return _still(state, "Terminated", f"Workflow{DELETED}", LOST, ready=False, known=known)


def _not_ready(state: ManualState, problem: Problem | None = None) -> Manifest:
    reason, message = problem or Problem("PodPending", "about to start")
    return _still(state, "Idle", reason, message, ready=problem is None)


def _still(
    state: ManualState,
    phase: str,
    reason: str,
    message: str,
    *,
    ready: bool,
    known: PolecatStatus | None = None,
) -> Manifest:
    """A status of a Polecat at which nothing works. Its branch and what is on it stay known."""
    before = state.polecat.status
    if known is None:
        known = PolecatStatus(
            branch=before.branch,
            commit=before.commit,
            merged_commit=before.merged_commit,
            cost_usd=before.cost_usd,
        )
    conditions = [
        condition("Ready", reason, message, holds=ready),
        *(
            condition(kind, reason, message, holds=False)
            for kind in ("Available", "Degraded", "Progressing", "Working")
        ),
        condition(
            "Merged",
            "MergeComplete" if known.merged_commit else reason,
            message,
            holds=bool(known.merged_commit),
        ),
        *without_effect(state.polecat.spec),
    ]
    generation = state.seen.generation
    update = {
        "phase": phase,
        "pod_active": False,
        "last_action": "",
        "agent": state.polecat.spec.worker,
        "observed_generation": generation,
        "conditions": with_times(conditions, times(before.conditions), now=state.now, generation=generation),
    }
    return to_wire(known.model_copy(update=update))
