"""A pull request waits for people as long as its convoy may take, and its Workflow stays an object that a cluster can hold."""

import datetime
import math

import pytest

from workflows.compile.pods.looks import REVIEWS_WAIT, ROOM, Looks
from workflows.compile.pods.templates import retries
from workflows.compile.settings import CompileSettings
from workflows.exits import Reason
from workflows.local.engine.nodes import Tree
from workflows.local.engine.retries import Retries

BEGIN = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
DAY = 86_400
LOOK = datetime.timedelta(seconds=5)
"""How long one look takes."""


def waited(looks: Looks, *, talk: float = math.inf) -> tuple[float, int, float]:
    """For how long it waited, in how many looks, with which longest pause, all in seconds of a clock that is moved on by hand.

    People say something every `talk` seconds, and each time it looks at once.
    """
    now = BEGIN
    tree = Tree("build-1", (), lambda: now)
    strategy = retries(CompileSettings(), looks).model_dump(by_alias=True, exclude_none=True, mode="json")
    merge = Retries(tree, "build-1.ap-1.ap-1-merge", strategy)
    made, longest = 0, 0.0
    while (verdict := merge.verdict(now)).phase is None:
        if verdict.wait_until:
            pause = min((verdict.wait_until - now).total_seconds(), talk)
            longest, now = max(longest, pause), now + datetime.timedelta(seconds=pause)
            verdict = merge.verdict(now, woken=True)
        tree.add(verdict.attempt, "Pod", boundary=None)
        now, made = now + LOOK, made + 1
        code = str(Reason.AWAITING_REVIEW.value)
        tree.update(verdict.attempt, phase="Failed", finishedAt=now.isoformat(), outputs={"exitCode": code})
    return (now - BEGIN).total_seconds(), made, longest


@pytest.mark.parametrize(
    ("beads", "deadline"),
    [
        pytest.param(1, 2 * DAY, id="one bead, two days"),
        pytest.param(8, 0, id="eight beads, no deadline"),
        pytest.param(8, 60 * DAY, id="eight beads, two months"),
        pytest.param(100, 0, id="a full Workflow"),
    ],
)
def test_it_is_looked_at_until_the_deadline(beads: int, deadline: int) -> None:
    """Seldom enough that all beads of a Workflow can wait to the end; within an hour where a dozen wait for a month."""
    whole, made, longest = waited(Looks.at_pulls(beads=beads, deadline=deadline))
    wait = deadline or REVIEWS_WAIT
    assert whole >= wait
    assert made * beads <= ROOM + 20 * beads
    assert longest <= max(300, 1.01 * wait * beads / ROOM)


def test_a_talk_at_a_pull_request_takes_none_of_its_time() -> None:
    """Each word has it look, and it waits as long as without: no day less, and no hour more."""
    looks = Looks.at_pulls(beads=1, deadline=2 * DAY)
    silent, few, _ = waited(looks)
    whole, made, _ = waited(looks, talk=100)
    assert made > 2 * few
    assert 2 * DAY <= whole <= silent
