"""Silence is told from work: an agent that prints or changes files goes on, one that does neither is ended after its time."""

import sys

import pytest

from workflows.exits import Reason
from workflows.steps.courier.activity import TELLING, Activity
from workflows.steps.wall.door import Folder


@pytest.fixture
def run(tmp_path):
    """A launcher's folder, with a log to print to."""
    with Folder.at(tmp_path) as folder:
        yield folder


def _print(folder, text):
    before = folder.read("agent.out", 10_000) if folder.has("agent.out") else b""
    folder.write("agent.out", before + text.encode())


def test_printing_and_changing_are_activity(run):
    """Each puts the end off by the whole limit; a look that finds nothing new does not."""
    activity = Activity(run, limit=100, began=0.0)
    _print(run, "one")
    activity.look(60.0)
    activity.look(120.0)
    assert (False, True) == (activity.overdue(159.0), activity.overdue(160.0))
    activity.saw(("sha", "tree"), 160.0)
    activity.saw(("sha", "tree"), 200.0)
    assert (False, True) == (activity.overdue(259.0), activity.overdue(260.0))


def test_a_parked_agent_waits_by_our_leave(run):
    """A rate limit is no silence."""
    activity = Activity(run, limit=10, began=0.0)
    run.write("parked", b"")
    activity.look(500.0)
    assert not activity.overdue(505.0)


def test_a_minute_of_activity_is_counted_once(run):
    """At rest nothing is counted."""
    activity = Activity(run, limit=0, began=0.0)
    told = []
    for second in range(0, 400, 10):
        if second < 200:
            _print(run, "x")
        activity.look(float(second))
        told.append(activity.minutes)
    assert [0, 1, 2, 3] == sorted(set(told))
    assert (200 - 1) // TELLING == 3


def test_a_silent_agent_is_ended_and_its_work_pushed(town):
    """The launcher ends it as TimedOut, and what it had is on the remote."""
    town.script("echo half > half && sleep 60", agent={"idle": 1}, push_interval=1)
    assert 0 == town.step("clone").code
    publishing = town.start(sys.executable, "-m", "workflows.steps", "publish")
    assert "TimedOut" == town.launch()["reason"]
    publishing.communicate(timeout=60)
    assert Reason.TIMED_OUT.value == publishing.returncode
    assert "fake printed and changed nothing for 1 s" in town.last_words()
    assert "half" in town.git("ls-tree", "--name-only", "refs/gastown/wip/gt-1")


def test_an_agent_whose_repository_is_away_is_seen_all_the_same(town):
    """It prints nothing and its commit reaches nobody, but its files change: it is not ended, and all of it is published in the end."""
    head = f"{town.origin}/HEAD"
    works = "for each in 1 2 3 4 5 6 7 8; do echo $each > files; sleep 0.5; done"
    commits = "echo 1 > commit && git add commit && git commit -q -m mine"
    town.script(
        f"mv {head} {head}.away && {commits}; {works}; mv {head}.away {head}",
        agent={"idle": 2},
        push_interval=1,
    )
    assert 0 == town.step("clone").code
    publishing = town.start(sys.executable, "-m", "workflows.steps", "publish")
    assert "Completed" == town.launch()["reason"]
    publishing.communicate(timeout=60)
    assert 0 == publishing.returncode
    assert ["README", "commit", "files"] == town.git("ls-tree", "--name-only", "polecat/gt-1").split()
