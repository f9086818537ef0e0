"""Changes of a status that are worth an Event in `kubectl describe`, as one line each.

A pure function from what was known to what is known now. The first view of an object makes no Event, so a restart repeats nothing.
"""

import dataclasses
from collections.abc import Iterator

from adapter.objects.conditions import REPOSITORY, condition_of
from adapter.objects.logins import EXPIRED, logged_out
from adapter.objects.views import PolecatView, ResourceView, View
from crds import Convoy, Refinery, Rig, StuckPolecat, Witness
from workflows.exits import Reason

NOTE = 1024
"""Longest note that an Event takes."""

_WARNINGS = ("Stuck", "Terminated")
_STARTED = {
    "Working": "Started",
    "Done": "Published",
    "Stuck": "Stuck",
    "Terminated": "Terminated",
    "Idle": "Idle",
}
_CONVOY = {"InProgress": "Started", "Complete": "Complete", "Failed": "Failed"}
_WHY = {Reason.GATE_FAILED.word: "GateFailed", Reason.CONFLICT.word: "Conflict"}


@dataclasses.dataclass(frozen=True, slots=True)
class Turn:
    """One turn. `reason` is a word in CamelCase, `note` a sentence; `warns` where somebody should look."""

    reason: str
    note: str
    warns: bool = False


def turns(before: View | None, after: View | None) -> Iterator[Turn]:
    """The turns between two views of one object."""
    if before is None or after is None or before.uid != after.uid:
        return
    if isinstance(before, PolecatView) and isinstance(after, PolecatView):
        yield from _polecat(before, after)
    elif isinstance(before, ResourceView) and isinstance(after, ResourceView):
        yield from _resource(before, after)


def _polecat(before: PolecatView, after: PolecatView) -> Iterator[Turn]:
    if before.phase != after.phase:
        note = f"{after.bead or 'its task'}: {after.summary or after.reason or after.phase}"
        reason = (
            _WHY.get(after.reason, _STARTED[after.phase]) if after.phase == "Stuck" else _STARTED[after.phase]
        )
        yield Turn(reason, note[:NOTE], warns=after.phase in _WARNINGS)
    if after.merged and not before.merged:
        yield Turn("Merged", f"{after.bead or 'its task'}: merged as {after.merged[:12]}")


def _resource(before: ResourceView, after: ResourceView) -> Iterator[Turn]:
    old, new = before.resource, after.resource
    if isinstance(old, Convoy) and isinstance(new, Convoy):
        yield from _convoy(old, new)
    elif isinstance(old, Rig) and isinstance(new, Rig):
        yield from _rig(old, new)
    elif isinstance(old, Refinery) and isinstance(new, Refinery):
        yield from _refinery(old, new)
    elif isinstance(old, Witness) and isinstance(new, Witness):
        yield from _witness(old, new)


def _convoy(old: Convoy, new: Convoy) -> Iterator[Turn]:
    trains = len(new.status.trains)
    if trains != len(old.status.trains) and trains:
        yield Turn(
            "Planned", f"{trains} Workflow{'s' if trains != 1 else ''}: {new.status.trains[0].workflow} …"
        )
    if old.status.phase != new.status.phase and new.status.phase in _CONVOY:
        why = condition_of(new.status.conditions, "Complete")
        note = f"{new.status.progress}: {why.message if why else new.status.phase}"
        yield Turn(_CONVOY[new.status.phase], note[:NOTE], warns=new.status.phase == "Failed")
    for kind in ("Ready", "Suspended", "BudgetExceeded", EXPIRED):
        was, now = condition_of(old.status.conditions, kind), condition_of(new.status.conditions, kind)
        # Ready turns with the phase, too; what is told here is only what stands in the way.
        hinders = now is not None and (now.status == "False") == (kind == "Ready")
        if now and hinders and (was is None or (was.status, was.reason) != (now.status, now.reason)):
            yield Turn(now.reason, now.message[:NOTE], warns=True)


def _rig(old: Rig, new: Rig) -> Iterator[Turn]:
    was, now = (
        condition_of(old.status.conditions, REPOSITORY),
        condition_of(new.status.conditions, REPOSITORY),
    )
    if (
        now
        and now.status != "Unknown"
        and (was is None or (was.status, was.reason) != (now.status, now.reason))
    ):
        reachable = now.status == "True"
        yield Turn(
            "RepositoryReachable" if reachable else now.reason, now.message[:NOTE], warns=not reachable
        )
    waits = logged_out(new.status.conditions)
    if waits and not logged_out(old.status.conditions):
        yield Turn(waits.reason, waits.message[:NOTE], warns=True)


def _refinery(old: Refinery, new: Refinery) -> Iterator[Turn]:
    merge = new.status.last_merge
    if merge and merge != old.status.last_merge:
        yield Turn("Merged", f"{merge.bead} as {merge.commit[:12]}")
    if new.status.conflicts > old.status.conflicts:
        yield Turn("Conflict", "a merge conflicts; its agent is asked to resolve it", warns=True)
    if new.status.merges_summary.failed > old.status.merges_summary.failed:
        yield Turn("MergeFailed", "a bead was not merged; its polecat says why", warns=True)


def _witness(old: Witness, new: Witness) -> Iterator[Turn]:
    for each in _newly_stuck(old, new):
        yield Turn("PolecatStuck", f"{each.polecat} ({each.bead}): {each.reason}"[:NOTE], warns=True)
    if old.status.stuck and not new.status.stuck:
        yield Turn("AllHealthy", "no polecat is stuck any more")


def _newly_stuck(old: Witness, new: Witness) -> Iterator[StuckPolecat]:
    """Who is stuck and was not, or was for another reason."""
    known = {(each.polecat, each.reason) for each in old.status.stuck}
    return (each for each in new.status.stuck if (each.polecat, each.reason) not in known)
