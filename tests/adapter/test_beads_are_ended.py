"""Which beads of a running Workflow are ended: by hand, one by one, or all that have not started, once the budget is spent."""

from collections.abc import Callable
from typing import Any

import pytest

from adapter.argo.stop_files import TERMINATED, stop_files
from adapter.objects.views import PolecatView

Make = Callable[..., Any]

V2 = {"metadata": {"annotations": {"workflows.argoproj.io/pod-name-format": "v1"}}}


@pytest.fixture
def polecats(seen: Make) -> Callable[..., dict[str, PolecatView]]:
    """Polecats `a` and `b`, by the state that is asked of each."""
    return lambda **desired: {
        bead: seen("Polecat", bead, {"rig": "ap", "beadID": bead, "desiredState": state})
        for bead, state in desired.items()
    }


def test_one_that_works_is_marked_and_its_pod_ended(seen_workflow: Make, polecats: Make) -> None:
    """The other one goes on."""
    view = seen_workflow("c-1", {"a": "Running", "b": "Running"}, owner="Convoy/c", **V2)
    (found,) = stop_files([view], polecats(a="Terminated", b="Working"), spent="")
    assert ({"ended.a": TERMINATED}, ("c-1-1",)) == (found.files, found.pods)


def test_one_that_waits_is_marked_only(seen_workflow: Make, polecats: Make) -> None:
    """Its pod ends by itself as soon as it starts."""
    view = seen_workflow("c-1", {"a": "", "b": "Running"}, owner="Convoy/c", **V2)
    (found,) = stop_files([view], polecats(a="Terminated", b="Working"), spent="")
    assert ({"ended.a": TERMINATED}, ()) == (found.files, found.pods)


def test_one_that_is_done_is_left_alone(seen_workflow: Make, polecats: Make) -> None:
    """What is published is published; and a Workflow that has ended is never touched."""
    view = seen_workflow("c-1", {"a": "Succeeded", "b": "Running"}, owner="Convoy/c", **V2)
    (found,) = stop_files([view], polecats(a="Terminated", b="Working"), spent="")
    assert ({}, ()) == (found.files, found.pods)
    over = seen_workflow("c-1", {"a": "Failed"}, owner="Convoy/c")
    assert () == stop_files([over], polecats(a="Terminated"), spent="")


def test_a_spent_budget_starts_nothing_more(seen_workflow: Make, polecats: Make) -> None:
    """The pods that run are left to end their beads."""
    view = seen_workflow("c-1", {"a": "Running", "b": ""}, owner="Convoy/c", **V2)
    (found,) = stop_files([view], polecats(a="Working", b="Working"), spent="no money")
    assert ({"spent": "no money"}, ()) == (found.files, found.pods)
