"""An object that takes the name of a deleted one: what that one owned is reconciled, or it would keep its names for ever."""

from collections.abc import Callable
from typing import Any

import pytest

from adapter import routing
from adapter.cache.cache import Cache
from adapter.cache.writer import Writer
from adapter.context import Context
from adapter.metrics.measures import Measures
from adapter.metrics.registry import Metrics
from adapter.queue.workqueue import WorkQueue
from adapter.settings import AdapterSettings

Make = Callable[..., Any]

SPECS = {
    "Convoy": {"description": "d", "rigRef": "ap", "beads": [{"id": "ap-1", "title": "One"}]},
    "Polecat": {"rig": "ap", "beadID": "ap-1"},
}


@pytest.mark.parametrize("another", [True, False], ids=["another of its name", "the same, changed"])
@pytest.mark.parametrize("kind", SPECS)
def test_its_workflow_is_reconciled(
    seen: Make, seen_workflow: Make, now: Any, kind: str, *, another: bool
) -> None:
    """A watch that was away brings the new one without a word of the end of the old one."""
    cache, metrics = Cache(), Metrics()
    context = Context(
        settings=AdapterSettings(),
        gateway=Any,
        cache=cache,
        queue=WorkQueue(urgent=routing.urgent),
        writer=Writer(Any, cache, metrics),
        metrics=metrics,
        measures=Measures(metrics, lambda: 0.0),
        now=lambda: now,
    )
    workflow = seen_workflow("demo-1", {"ap-1": "Running"}, owner=f"{kind}/demo")
    old = seen(kind, "demo", SPECS[kind])
    new = seen(kind, "demo", SPECS[kind], metadata={"uid": "another"} if another else {})
    for each in (old, workflow):
        cache.put(each)
    found = [key for key, _ in routing.affected(context, old, new)]
    assert another == (workflow.key in found)
