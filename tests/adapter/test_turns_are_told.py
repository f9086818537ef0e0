"""What a person reads in `kubectl describe`, and what a sink is called for: each turn once, and none for what was so already."""

from collections.abc import Callable
from typing import Any

import pytest

from adapter.events.changes import turns
from adapter.events.cloudevents import escalations, sink_of
from adapter.events.cloudevents import event_of as call
from adapter.events.recorder import event_of
from crds import Witness

Make = Callable[..., Any]

STUCK = {"polecat": "max", "bead": "ap-1", "reason": "no activity for 15m"}


def _condition(kind: str, status: str, reason: str) -> dict[str, str]:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": f"because of {reason}",
        "lastTransitionTime": "2026-05-01T11:00:00Z",
    }


def _told(seen: Make, kind: str, spec: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> Any:
    old, new = (seen(kind, "it", spec, status=status) for status in (before, after))
    return [(each.reason, each.warns) for each in turns(old, new)]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param({}, {"phase": "Working"}, [("Started", False)], id="started"),
        pytest.param({"phase": "Working"}, {"phase": "Done"}, [("Published", False)], id="published"),
        pytest.param(
            {"phase": "Done"}, {"phase": "Done", "mergedCommit": "f" * 40}, [("Merged", False)], id="merged"
        ),
        pytest.param(
            {"phase": "Done"}, {"phase": "Stuck", "reason": "GateFailed"}, [("GateFailed", True)], id="gate"
        ),
        pytest.param(
            {"phase": "Working"}, {"phase": "Stuck", "reason": "TimedOut"}, [("Stuck", True)], id="stuck"
        ),
        pytest.param({"phase": "Working"}, {"phase": "Terminated"}, [("Terminated", True)], id="terminated"),
        pytest.param({"phase": "Working"}, {"phase": "Working", "activity": 3}, [], id="activity is no news"),
    ],
)
def test_a_polecat(
    seen: Make, before: dict[str, Any], after: dict[str, Any], told: list[tuple[str, bool]]
) -> None:
    """Its way from start to merge, and the ends on the way."""
    assert told == _told(seen, "Polecat", {"rig": "ap", "beadID": "ap-1"}, before, after)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param(
            {}, {"trains": [{"workflow": "c-1", "beads": ["a"]}]}, [("Planned", False)], id="planned"
        ),
        pytest.param({}, {"phase": "InProgress"}, [("Started", False)], id="started"),
        pytest.param({"phase": "InProgress"}, {"phase": "Complete"}, [("Complete", False)], id="complete"),
        pytest.param({"phase": "InProgress"}, {"phase": "Failed"}, [("Failed", True)], id="failed"),
        pytest.param(
            {},
            {"conditions": [_condition("Ready", "False", "RigNotFound")]},
            [("RigNotFound", True)],
            id="waits",
        ),
        pytest.param(
            {"conditions": [_condition("Ready", "False", "RigNotFound")]},
            {"conditions": [_condition("Ready", "False", "RepositoryUnreachable")]},
            [("RepositoryUnreachable", True)],
            id="waits for something else",
        ),
        pytest.param(
            {},
            {"conditions": [_condition("BudgetExceeded", "True", "BudgetExceeded")]},
            [("BudgetExceeded", True)],
            id="spent",
        ),
    ],
)
def test_a_convoy(
    seen: Make, before: dict[str, Any], after: dict[str, Any], told: list[tuple[str, bool]]
) -> None:
    """Its phases, and every other reason that it waits for."""
    spec = {"description": "d", "trackedBeads": ["ap-1"]}
    assert told == _told(seen, "Convoy", spec, before, after)
    assert [] == _told(seen, "Convoy", spec, after, after)


def test_the_others(seen: Make) -> None:
    """A rig that is out of reach, a queue that merges and conflicts, a witness that finds somebody stuck."""
    refused = {"conditions": [_condition("RepositoryReachable", "False", "AuthFailed")]}
    answers = {"conditions": [_condition("RepositoryReachable", "True", "Reachable")]}
    rig = {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap"}
    assert [("AuthFailed", True)] == _told(seen, "Rig", rig, {}, refused)
    assert [("RepositoryReachable", False)] == _told(seen, "Rig", rig, refused, answers)
    merge = {"bead": "a", "commit": "f" * 40, "time": "2026-05-01T11:00:00Z"}
    merged = {"lastMerge": merge, "conflicts": 1, "mergesSummary": {"failed": 1}}
    told = _told(seen, "Refinery", {"rigRef": "ap"}, {}, merged)
    assert [("Merged", False), ("Conflict", True), ("MergeFailed", True)] == told
    assert [("PolecatStuck", True)] == _told(seen, "Witness", {"rigRef": "ap"}, {}, {"stuck": [STUCK]})


def test_the_first_sight_tells_nothing(seen: Make) -> None:
    """A restarted adapter does not tell the past again."""
    view = seen("Witness", "w", {"rigRef": "ap"}, status={"stuck": [STUCK]})
    assert [] == list(turns(None, view))


def test_an_event_is_one_object_however_often_it_is_written(seen: Make, now: Any) -> None:
    """Its name is a function of what it tells; a rig's stands where `kubectl describe` looks."""
    spec = {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap"}
    status = {"conditions": [_condition("RepositoryReachable", "False", "AuthFailed")]}
    rig = seen("Rig", "it", spec, status=status, metadata={"namespace": ""})
    (told,) = turns(seen("Rig", "it", spec, metadata={"namespace": ""}), rig)
    first, again = (event_of(rig, told, identity="me", now=now) for _ in range(2))
    assert first == again
    assert ("default", "Warning", "because of AuthFailed") == (
        first["metadata"]["namespace"],
        first["type"],
        first["note"],
    )


def test_who_is_stuck_is_escalated_once(seen: Make, now: Any) -> None:
    """To the witness's own address, or else to the adapter's; a second delivery has the same id."""
    spec = {"rigRef": "ap", "escalationTarget": "mayor"}
    ((witness, who),) = escalations(seen("Witness", "w", spec, status={"stuck": [STUCK]}))
    called = STUCK | {"escalated": "2026-05-01T12:00:00Z"}
    assert [] == list(escalations(seen("Witness", "w", spec, status={"stuck": [called]})))
    assert [] == list(escalations(seen("Witness", "w", spec)))
    own = witness.model_copy(
        update={"spec": witness.spec.model_copy(update={"escalation_target": "https://me.test/"})}
    )
    allowed = ("https://me.test/**",)
    assert ("https://sink.test", "https://me.test/", "", "https://sink.test") == (
        sink_of(witness, "https://sink.test", allowed),
        sink_of(own, "https://sink.test", allowed),
        sink_of(witness, "", allowed),
        sink_of(own, "https://sink.test"),
    )
    ids = {call(witness, who, now=now).get_id() for _ in range(2)}
    assert 1 == len(ids)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example.com#.example.org/x",
        "https://evil.example.com?.example.org/x",
        "https://evil.example.com\\.example.org/x",
        "https://max@evil.example.com:1?.example.org/x",
        "https://hooks.example.org/open/../closed",
        "https://hooks.example.org/open/%2e%2e/closed",
        "https://hooks.example.org/open/\nx",
    ],
)
def test_a_target_that_only_looks_allowed_is_not_called(target):
    """A client would end its host, or its path, elsewhere than the glob does."""
    allowed = ("https://*.example.org/*", "https://hooks.example.org/open/**")
    witness = Witness.model_validate(
        {"metadata": {"name": "w", "namespace": "x"}, "spec": {"rigRef": "ap", "escalationTarget": target}}
    )
    assert "https://sink.test" == sink_of(witness, "https://sink.test", allowed)


@pytest.mark.parametrize(
    "target",
    [
        "https://a.example.org/x?y=1",
        "https://hooks.example.org/open/.well-known/a",
        "https://a.example.org:8443/x",
    ],
)
def test_a_target_that_is_allowed_is_called(target):
    """With a port, a query and any name in its path."""
    allowed = ("https://*.example.org/*", "https://*.example.org:8443/*", "https://hooks.example.org/open/**")
    witness = Witness.model_validate(
        {"metadata": {"name": "w", "namespace": "x"}, "spec": {"rigRef": "ap", "escalationTarget": target}}
    )
    assert target == sink_of(witness, "", allowed)
