"""The status of a witness: which polecats of its rig work, and which are stuck.

Stuck is who shows no activity, not who works long: an agent that prints may take its hours.
"""

import dataclasses
import datetime
from collections.abc import Mapping, Sequence

from adapter.events.calls import call_id
from adapter.objects.conditions import condition, times, to_wire, with_times
from adapter.objects.views import PolecatView, moment
from crds import Manifest, PolecatsSummary, StuckPolecat, Witness, seconds
from workflows.exits import Reason

WAITS_FOR_A_PERSON = frozenset(reason.word for reason in (Reason.ESCALATED, Reason.CONFLICT))
"""How a polecat ends that asks somebody to decide."""

DEFAULT_INTERVAL = 30.0

MOST = 256
"""Stuck polecats that a status holds."""


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """The status of a witness, and in how many seconds the next polecat would count as stuck."""

    status: Manifest
    requeue_after: float | None


def report(
    witness: Witness,
    polecats: Sequence[PolecatView],
    *,
    calls: Mapping[str, datetime.datetime],
    now: datetime.datetime,
) -> Report:
    """What there is to say of a rig's polecats now. `calls` says when a sink took those that are not in the status yet."""
    threshold = datetime.timedelta(seconds=seconds(witness.spec.stuck_threshold))
    running = [each for each in polecats if each.phase == "Working"]
    silent = [
        each for each in running if (since_ := moment(each.last_activity)) and now - since_ >= threshold
    ]
    asking = [each for each in polecats if each.phase == "Stuck" and each.reason in WAITS_FOR_A_PERSON]
    ended = [each for each in polecats if each.phase in ("Stuck", "Terminated")]
    failed = [each for each in ended if each not in asking]
    stuck = tuple(
        [_stuck(each, f"no activity for {witness.spec.stuck_threshold}") for each in silent]
        + [_stuck(each, f"ended as {each.reason}: a person has to decide") for each in asking]
    )[:MOST]
    taken = dict(calls) | {
        call_id(witness, each): each.escalated for each in witness.status.stuck if each.escalated
    }
    stuck = tuple(each.model_copy(update={"escalated": taken.get(call_id(witness, each))}) for each in stuck)
    summary = PolecatsSummary(
        total=len(polecats),
        running=len(running),
        succeeded=sum(each.phase == "Done" for each in polecats),
        failed=len(failed),
        stuck=len(silent) + len(asking),
    )
    bad = any(each.phase == "Stuck" for each in failed) or bool(stuck)
    update = {
        "phase": "Degraded" if bad else "Active" if running else "Pending",
        "polecats_summary": summary,
        "stuck": stuck,
        "observed_generation": witness.metadata.generation,
    }
    message = f"{summary.running} at work, {summary.stuck} stuck, {summary.failed} failed"
    conditions = (
        condition("Degraded", "IssuesDetected" if bad else "AllHealthy", message, holds=bad),
        condition("Ready", "IssuesDetected" if bad else "AllHealthy", message, holds=not bad),
    )
    settled_ = with_times(
        conditions, times(witness.status.conditions), now=now, generation=witness.metadata.generation
    )
    status = witness.status.model_copy(update={**update, "conditions": settled_})
    if status.model_dump(exclude={"last_check_time"}) != witness.status.model_dump(
        exclude={"last_check_time"}
    ):
        status = status.model_copy(update={"last_check_time": now})
    due = _next(running, now=now, threshold=threshold)
    if silent:
        # Activity alone wakes nobody: whether a silent one has come back is checked now and then.
        interval = max(1.0, seconds(witness.spec.health_check_interval) or DEFAULT_INTERVAL)
        due = min(interval, due) if due is not None else interval
    return Report(to_wire(status), due)


def _stuck(polecat: PolecatView, reason: str) -> StuckPolecat:
    return StuckPolecat(
        polecat=polecat.key.name, bead=polecat.bead, since=moment(polecat.last_activity), reason=reason
    )


def _next(
    running: Sequence[PolecatView], *, now: datetime.datetime, threshold: datetime.timedelta
) -> float | None:
    due = [
        (known + threshold - now).total_seconds()
        for each in running
        if (known := moment(each.last_activity)) and known + threshold > now
    ]
    return min(due, default=None)
