"""What a witness says of its rig's polecats: stuck is silence or a question, never long work."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from adapter.events.calls import call_id
from adapter.objects.views import PolecatView
from adapter.witnesses.status import Report, report
from crds import Witness

Make = Callable[..., Any]

OWNER = [
    {
        "apiVersion": "gastown.gastown.io/v1alpha1",
        "kind": "Convoy",
        "name": "c",
        "uid": "uid-Convoy-c",
        "controller": True,
    }
]


@pytest.fixture
def witness(seen: Make) -> Witness:
    """A witness that calls after a quarter of an hour of silence."""
    found = seen("Witness", "w", {"rigRef": "ap", "stuckThreshold": "15m"}).resource
    assert isinstance(found, Witness)
    return found


def _polecat(seen: Make, phase: str, *, reason: str = "", silent: int = 0) -> PolecatView:
    """A polecat that showed activity so many minutes before noon."""
    last = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC) - datetime.timedelta(minutes=silent)
    status = {
        "phase": phase,
        "reason": reason,
        "startedAt": "2026-05-01T01:00:00Z",
        "lastActivity": last.isoformat(),
    }
    found = seen(
        "Polecat", "p", {"rig": "ap", "beadID": "a"}, status=status, metadata={"ownerReferences": OWNER}
    )
    assert isinstance(found, PolecatView)
    return found


def test_work_of_eleven_hours_is_not_stuck(seen: Make, witness: Witness, now: datetime.datetime) -> None:
    """As long as there is activity; and the witness looks again when the silence would be too long."""
    found = report(witness, [_polecat(seen, "Working", silent=5)], calls={}, now=now)
    assert ("Active", 600.0) == (found.status["phase"], found.requeue_after)


@pytest.mark.parametrize(
    ("phase", "reason", "silent", "stuck", "failed"),
    [
        pytest.param("Working", "Working", 20, 1, 0, id="silence"),
        pytest.param("Stuck", "Escalated", 0, 1, 0, id="a question"),
        pytest.param("Stuck", "GateFailed", 0, 0, 1, id="a failure"),
        pytest.param("Done", "Merged", 60, 0, 0, id="done"),
    ],
)
def test_who_must_be_looked_at(
    seen: Make,
    witness: Witness,
    now: datetime.datetime,
    *,
    phase: str,
    reason: str,
    silent: int,
    stuck: int,
    failed: int,
) -> None:
    """Stuck and failed ones make the witness Degraded; those that are done don't."""
    found = report(witness, [_polecat(seen, phase, reason=reason, silent=silent)], calls={}, now=now)
    summary = found.status["polecatsSummary"]
    assert (stuck, failed) == (summary["stuck"], summary["failed"])
    assert ("Degraded" if stuck or failed else "Pending") == found.status["phase"]


def test_nothing_new_is_nothing_to_write(seen: Make, witness: Witness, now: datetime.datetime) -> None:
    """The time of the last check moves only with what was found, so a witness at rest writes nothing."""
    first = report(witness, [_polecat(seen, "Working")], calls={}, now=now)
    again = witness.model_copy(update={"status": type(witness.status).model_validate(first.status)})
    later = report(again, [_polecat(seen, "Working")], calls={}, now=now + datetime.timedelta(minutes=1))
    assert first.status == later.status


def test_a_call_that_was_taken_stands_in_the_status(
    seen: Make, witness: Witness, now: datetime.datetime
) -> None:
    """When the sink took it, and from then on, until the polecat is stuck anew."""
    silent = [_polecat(seen, "Working", silent=20)]
    first = _with(witness, report(witness, silent, calls={}, now=now))
    (stuck,) = first.status.stuck
    told = _with(first, report(first, silent, calls={call_id(first, stuck): now}, now=now))
    later = _with(told, report(told, silent, calls={}, now=now + datetime.timedelta(minutes=1)))
    assert [None, now, now] == [each.status.stuck[0].escalated for each in (first, told, later)]
    anew = report(later, [_polecat(seen, "Working", silent=16)], calls={}, now=now)
    assert [None] == [each.escalated for each in _with(later, anew).status.stuck]


def _with(witness: Witness, found: Report) -> Witness:
    return Witness.model_validate(witness.model_dump(by_alias=True, mode="json") | {"status": found.status})


@pytest.mark.parametrize(
    "time",
    [
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00Z",
        "2026-05-01t11:59:00z",
        "2026-05-01T23:59:60Z",
    ],
)
def test_a_time_of_any_kind_stops_nobody(
    seen: Make, witness: Witness, now: datetime.datetime, time: str
) -> None:
    """Whoever may write one Polecat's status writes it, and the Witness of a rig looks at all of them."""
    odd = seen(
        "Polecat", "odd", {"rig": "ap"}, status={"phase": "Working", "lastActivity": time, "startedAt": time}
    )
    told = report(witness, [odd, _polecat(seen, "Working", silent=20)], calls={}, now=now)
    assert 2 == told.status["polecatsSummary"]["running"]
    assert [_polecat(seen, "Working").key.name] == [
        each["polecat"] for each in told.status["stuck"] if each["polecat"] != "odd"
    ]
