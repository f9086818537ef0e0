"""A polecat that must not start any more ends in its clone, with a code that Argo does not retry, and no agent runs."""

import pytest

from workflows.exits import Reason
from workflows.orders import SPENT_FILE, ended_file


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        pytest.param(ended_file("gt-1"), Reason.TERMINATED, id="terminated"),
        pytest.param(SPENT_FILE, Reason.BUDGET_EXCEEDED, id="spent"),
    ],
)
def test_a_marked_bead_does_not_start(town, file, reason):
    """The mark's own sentence is the last word."""
    (town.tasks / file).write_text("says who\n")
    assert (reason.value, True) == (town.step("clone").code, reason.final)
    assert "says who" == town.last_words()


def test_another_beads_mark_is_none(town):
    """Marks are by bead."""
    (town.tasks / ended_file("gt-2")).write_text("says who\n")
    assert 0 == town.step("clone").code


def test_work_that_is_published_is_not_thrown_away(town):
    """It needs no agent: a pod that comes again after publishing finds it there, whatever was said meanwhile."""
    town.script("echo one > one && git add one && git commit -qm one")
    assert 0 == town.polecat().code
    (town.tasks / SPENT_FILE).write_text("no money\n")
    assert 0 == town.step("clone").code
