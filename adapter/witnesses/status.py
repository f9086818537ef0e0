"""The status of a witness: which polecats of its rig work, and which are stuck.

Stuck is who shows no activity, not who works long: an agent that prints may take its hours.
"""

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

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


class _Herd(NamedTuple):
    """The polecats of a rig, by how they do."""

    everyone: Sequence[PolecatView]
    running: Sequence[PolecatView]
    silent: Sequence[PolecatView]
    asking: Sequence[PolecatView]
    failed: Sequence[PolecatView]

    @classmethod
    def of(
        cls, polecats: Sequence[PolecatView], *, now: datetime.datetime, threshold: datetime.timedelta
    ) -> Self:
        running = [each for each in polecats if each.phase == "Working"]
        silent = [each for each in running if (at := moment(each.last_activity)) and now - at >= threshold]
        asking = [each for each in polecats if each.phase == "Stuck" and each.reason in WAITS_FOR_A_PERSON]
        ended = [each for each in polecats if each.phase in ("Stuck", "Terminated")]
        return cls(polecats, running, silent, asking, [each for each in ended if each not in asking])

    @property
    def summary(self) -> PolecatsSummary:
        return PolecatsSummary(
            total=len(self.everyone),
            running=len(self.running),
            succeeded=sum(each.phase == "Done" for each in self.everyone),
            failed=len(self.failed),
            stuck=len(self.silent) + len(self.asking),
        )


def report(
    witness: Witness,
    polecats: Sequence[PolecatView],
    *,
    calls: Mapping[str, datetime.datetime],
    now: datetime.datetime,
) -> Report:
    """What there is to say of a rig's polecats now. `calls` says when a sink took those that are not in the status yet."""
    threshold = datetime.timedelta(seconds=seconds(witness.spec.stuck_threshold))
    herd = _Herd.of(polecats, now=now, threshold=threshold)
    stuck, summary = _stuck(witness, herd, calls), herd.summary
    bad = any(each.phase == "Stuck" for each in herd.failed) or bool(stuck)
    message = f"{summary.running} at work, {summary.stuck} stuck, {summary.failed} failed"
    conditions = (
        condition("Degraded", "IssuesDetected" if bad else "AllHealthy", message, holds=bad),
        condition("Ready", "IssuesDetected" if bad else "AllHealthy", message, holds=not bad),
    )
    generation = witness.metadata.generation
    update = {
        "phase": "Degraded" if bad else "Active" if herd.running else "Pending",
        "polecats_summary": summary,
        "stuck": stuck,
        "observed_generation": generation,
        "conditions": with_times(
            conditions, times(witness.status.conditions), now=now, generation=generation
        ),
    }
    status, checked = witness.status.model_copy(update=update), {"last_check_time"}
    if status.model_dump(exclude=checked) != witness.status.model_dump(exclude=checked):
        status = status.model_copy(update={"last_check_time": now})
    return Report(to_wire(status), _due(witness, herd, now=now, threshold=threshold))


def _due(
    witness: Witness, herd: _Herd, *, now: datetime.datetime, threshold: datetime.timedelta
) -> float | None:
    due = _next(herd.running, now=now, threshold=threshold)
    if not herd.silent:
        return due
    # Activity alone wakes nobody: whether a silent one has come back is checked now and then.
    interval = max(1.0, seconds(witness.spec.health_check_interval) or DEFAULT_INTERVAL)
    return min(interval, due) if due is not None else interval


def _stuck(witness: Witness, herd: _Herd, calls: Mapping[str, datetime.datetime]) -> tuple[StuckPolecat, ...]:
    """Who is silent, and who asks for a person, with the time of the call."""
    found = [_entry(each, f"no activity for {witness.spec.stuck_threshold}") for each in herd.silent]
    found += [_entry(each, f"ended as {each.reason}: a person has to decide") for each in herd.asking]
    taken = dict(calls) | {
        call_id(witness, each): each.escalated for each in witness.status.stuck if each.escalated
    }
    return tuple(
        each.model_copy(update={"escalated": taken.get(call_id(witness, each))}) for each in found[:MOST]
    )


def _entry(polecat: PolecatView, reason: str) -> StuckPolecat:
    return StuckPolecat(
        polecat=polecat.key.name, bead=polecat.bead, since=moment(polecat.last_activity), reason=reason
    )


def _next(
    running: Sequence[PolecatView], *, now: datetime.datetime, threshold: datetime.timedelta
) -> float | None:
    due = [
        # Not `known + threshold`: of the last day of the calendar that is no time any more.
        (threshold - (now - known)).total_seconds()
        for each in running
        if (known := moment(each.last_activity)) and now - known < threshold
    ]
    return min(due, default=None)
