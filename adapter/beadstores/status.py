"""What a bead store's status says: one pure function from the last read and what it brought."""

import dataclasses
import datetime
from collections.abc import Mapping

from adapter.cache.beads import ParsedBeads, UnreadableBeads
from adapter.objects.conditions import Problem, condition, condition_of, times, to_wire, with_times
from crds import BeadStore, BeadStoreStatus, Condition, Manifest, Rig
from workflows import labels
from workflows.beads import Bead
from workflows.names import BeadId
from workflows.observe import SyncObservation
from workflows.readiness import ready

IN_PROGRESS = frozenset({"in_progress", "hooked"})
"""States in which somebody works on a bead; `hooked` is Gas Town's word for one that hangs on an agent."""

STALE = 3
"""A store is stale when so many reads in a row did not come."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StoreState:
    """All that there is to know of a store.

    `read` is the last read that ended, `found` what it brought or, where no read is remembered, what the status names. `obstacle` is
    why nothing reads it, or why what was read is not there. `every` is the seconds between two reads, 0 where none is due by itself.
    """

    store: BeadStore
    rig: Rig | None
    read: SyncObservation | None
    found: ParsedBeads | UnreadableBeads | None
    served: ParsedBeads | None
    now: datetime.datetime
    every: float
    obstacle: Problem | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class StoreReport:
    """The status, and in how many seconds it says something else by itself."""

    status: Manifest
    requeue_after: float | None


def report(state: StoreState) -> StoreReport:
    """What there is to say of a store now. The time of the last read moves when a read has ended well, and at no other time."""
    before = state.store.status
    status = _brought(state, before)
    problem = _problem(state)
    stale = _stale(state, status)
    conditions = _conditions(state, status, problem=problem, stale=stale is not None and stale <= 0)
    generation = state.store.metadata.generation
    update = {
        "phase": "Synced" if not problem else "Pending" if problem.reason == _FIRST else "Error",
        "observed_generation": generation,
        "conditions": with_times(conditions, times(before.conditions), now=state.now, generation=generation),
    }
    due = stale if stale is not None and stale > 0 else None
    return StoreReport(to_wire(status.model_copy(update=update)), due)


_FIRST = "NotReadYet"


def counts(
    beads: Mapping[BeadId, Bead], prefix: str, *, now: datetime.datetime, hold_children: bool = True
) -> dict[str, int]:
    """The beads of a prefix by their state, as the fields of a status. What is ready hangs on beads of any prefix."""
    own = [bead for bead in beads.values() if bead.id.startswith(prefix)]
    working = sum(bead.status in IN_PROGRESS for bead in own)
    closed = sum(not bead.open for bead in own)
    return {
        "issue_count": len(own),
        "open_count": len(own) - working - closed,
        "in_progress_count": working,
        "closed_count": closed,
        "ready_count": sum(
            bead.id.startswith(prefix) for bead in ready(beads, now=now, hold_children=hold_children)
        ),
    }


def _brought(state: StoreState, before: BeadStoreStatus) -> BeadStoreStatus:
    """The status with what the last read brought; what an earlier one brought stays when it brought nothing."""
    if not isinstance(state.found, ParsedBeads):
        return before
    update: dict[str, object] = {"index": state.found.index}
    update |= counts(
        state.found.beads,
        state.store.spec.prefix,
        now=state.now,
        hold_children=state.rig is None or state.rig.spec.hold_children,
    )
    read = state.read
    if read is not None and read.index == state.found.index:
        ends = [each for each in (read.finished, before.last_sync_time) if each]
        update |= {"commit": read.commit, "last_sync_time": max(ends, default=None)}
    return before.model_copy(update=update)


def _problem(state: StoreState) -> Problem | None:
    """What is wrong with the last read, None where nothing is."""
    store, read = state.store, state.read
    if state.rig is None:
        name = store.spec.rig_ref
        return Problem(
            "RigNotFound", f"there is no rig {name}; make one, or make this BeadStore anew for another"
        )
    if state.obstacle:
        return state.obstacle
    if read is not None and read.words:
        return Problem("SyncFailed", read.words)
    if isinstance(state.found, UnreadableBeads):
        return Problem("BeadsUnreadable", state.found.words)
    if state.served is None:
        return Problem(_FIRST, "the first read is under way, or waits for its pod to start")
    known = condition_of(store.status.conditions, "Synced")
    if read is None and known is not None and known.status == "False" and known.reason != _FIRST:
        # The read that went wrong is no longer there to be asked; nothing has gone well since.
        return Problem(known.reason, known.message)
    return None


def _conditions(
    state: StoreState, status: BeadStoreStatus, *, problem: Problem | None, stale: bool
) -> list[Condition]:
    commit = status.commit[:12]
    if problem:
        synced = condition("Synced", problem.reason, problem.message, holds=False)
    else:
        message = f"{status.issue_count} beads at {commit}"
        synced = condition("Synced", "SyncSucceeded", message, holds=True)
    if problem and (state.rig is None or state.served is None):
        ready_ = condition("Ready", problem.reason, problem.message, holds=False)
    else:
        ready_ = condition("Ready", "Ready", f"convoys get the beads of {commit}", holds=True)
    found = [ready_, synced]
    if stale:
        message = (
            f"not read for {STALE} times {state.store.spec.sync_interval}; look at the Workflows with the label "
            f"{labels.BEAD_STORE}, and at the CronWorkflow that makes them"
        )
        found.append(condition("Stale", "ReadsMissed", message, holds=True))
    return found


def _stale(state: StoreState, status: BeadStoreStatus) -> float | None:
    """Seconds until the beads count as stale, none where they never do."""
    if not state.every or status.last_sync_time is None:
        return None
    return STALE * state.every - (state.now - status.last_sync_time).total_seconds()
