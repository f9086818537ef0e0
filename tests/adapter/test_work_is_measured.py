"""The metrics of the work: what turned is counted once, and labels never carry names."""

from collections.abc import Callable
from typing import Any

from adapter.metrics.measures import Measures
from adapter.metrics.registry import Metrics

Make = Callable[..., Any]

WORKED = {
    "phase": "Done",
    "agent": "claude-code",
    "costUSD": 1.5,
    "tokens": 300,
    "startedAt": "2026-05-01T11:00:00Z",
    "finishedAt": "2026-05-01T11:02:00Z",
}


def _polecat(seen: Make, status: dict[str, Any]) -> Any:
    return seen("Polecat", "p", {"rig": "ap", "beadID": "a"}, status=status)


def _value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_a_polecats_run(seen: Make) -> None:
    """Its time, its cost and its tokens, when they come; nothing is counted at the first sight."""
    metrics = Metrics()
    measures = Measures(metrics, lambda: 0.0)
    working, done = _polecat(seen, {"phase": "Working"}), _polecat(seen, WORKED)
    measures.on_change(None, working)
    assert 1 == _value(metrics, "gastown_phase", kind="Polecat", phase="Working")
    measures.on_change(working, done)
    measures.on_change(done, done)
    assert (0, 1) == tuple(
        _value(metrics, "gastown_phase", kind="Polecat", phase=phase) for phase in ("Working", "Done")
    )
    assert (1, 120) == tuple(
        _value(metrics, f"gastown_polecat_seconds_{part}", phase="Done") for part in ("count", "sum")
    )
    assert (1.5, 300) == (
        _value(metrics, "gastown_cost_dollars_total", agent="claude-code"),
        _value(metrics, "gastown_tokens_total", agent="claude-code"),
    )
    measures.on_change(done, None)
    assert 0 == _value(metrics, "gastown_phase", kind="Polecat", phase="Done")


def test_an_agent_of_a_rigs_own_is_other(seen: Make) -> None:
    """There is no end of their names."""
    metrics = Metrics()
    measures = Measures(metrics, lambda: 0.0)
    measures.on_change(_polecat(seen, {"phase": "Working"}), _polecat(seen, WORKED | {"agent": "my-own"}))
    assert 1.5 == _value(metrics, "gastown_cost_dollars_total", agent="other")
    assert None is _value(metrics, "gastown_cost_dollars_total", agent="my-own")


def test_the_refinerys_sums(seen: Make) -> None:
    """What was added; a refinery that was made anew takes nothing away."""
    metrics = Metrics()
    measures = Measures(metrics, lambda: 0.0)
    some = {"mergesSummary": {"succeeded": 2, "failed": 1}, "conflicts": 3}
    none, first = (seen("Refinery", "r", {"rigRef": "ap"}, status=status) for status in ({}, some))
    measures.on_change(none, first)
    measures.on_change(first, none)
    assert (2, 1, 3) == (
        _value(metrics, "gastown_merges_total", result="succeeded"),
        _value(metrics, "gastown_merges_total", result="failed"),
        _value(metrics, "gastown_conflicts_total"),
    )


def test_the_lag_is_that_of_the_oldest_change(seen_workflow: Make) -> None:
    """Two events before one look are one lag, from the first on."""
    times = iter([10.0, 10.125, 10.25])
    metrics = Metrics()
    measures = Measures(metrics, lambda: next(times))
    key = seen_workflow("c-1", {"a": "Running"}, owner="Convoy/c").key
    measures.received(key)
    measures.received(key)
    measures.projected(key)
    measures.projected(key)
    assert (1, 0.25) == (
        _value(metrics, "gastown_lag_seconds_count"),
        _value(metrics, "gastown_lag_seconds_sum"),
    )
