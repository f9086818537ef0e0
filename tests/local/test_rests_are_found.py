"""When a convoy has nothing to do but to wait, and until when: decided by its nodes."""

import datetime

import pytest

from workflows.clock import timestamp
from workflows.exits import Reason
from workflows.local.engine.interface import Pause
from workflows.local.running.waits import Rest, rest, waits

NOW = datetime.datetime(2026, 11, 1, 10, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
MERGE = "c-1.a.a-merge"
GRAPH = {"name": "c-1", "type": "DAG", "phase": "Running"}
TRIED = {"name": f"{MERGE}(0)", "type": "Pod", "phase": "Failed"}


def pause(reason=Reason.AWAITING_REVIEW, *, until=NOW + HOUR, waited=datetime.timedelta()):
    """A step that has just been tried, and whose first try was so long ago."""
    outputs = {"exitCode": str(reason.value), "parameters": [{"name": "sha", "value": "1-mark"}]}
    last = {"startedAt": timestamp(NOW), "finishedAt": timestamp(NOW), "outputs": outputs}
    return Pause(last, timestamp(NOW - waited), until)


def pod(phase, template="merge"):
    """One that has not ended."""
    return {"name": "c-1.b.b-work(0)", "type": "Pod", "phase": phase, "templateName": template}


def found(*nodes, deadlines=(), logged_out=False, **steps):
    """What such a convoy waits for."""
    return rest([GRAPH, TRIED, *nodes], steps, deadlines, logged_out=logged_out, now=NOW)


def test_reviews_are_waited_for_until_the_step_looks_by_itself():
    """Or until the deadline, where that is before."""
    steps = {"merge": pause()}
    assert Rest(NOW + HOUR, waits(steps)) == found(**steps)
    assert ["1-mark"] == [wait.mark for wait in found(**steps).reviews.values()]
    assert NOW + HOUR / 2 == found(**steps, deadlines=[NOW + HOUR / 2, NOW + 2 * HOUR]).until


@pytest.mark.parametrize("phase", ["Running", "Pending"])
def test_a_convoy_with_a_pod_does_not_rest(phase):
    """Nor does one of which a pod waits for a lock, which the lock's holder tells nobody."""
    assert found(pod(phase), merge=pause()) is None


def test_a_short_pause_is_no_rest():
    """A failed pod is tried again after seconds, a merge with a red target after a minute: no runner ends for that."""
    assert found(work=pause(Reason.FAILED, until=NOW + datetime.timedelta(seconds=6))) is None
    assert found(merge=pause(Reason.TARGET_RED, until=NOW + datetime.timedelta(minutes=1))) is None
    assert found(merge=pause(), other=pause(until=NOW + datetime.timedelta(seconds=30))) is None
    assert Rest(NOW + HOUR, {}) == found(merge=pause(Reason.TARGET_RED))


def test_checks_are_looked_at_before_their_pause_is_over():
    """After a quarter of the time that they have taken: soon at first, so the runner stays."""
    assert found(merge=pause(Reason.AWAITING_CHECKS)) is None
    checks = found(merge=pause(Reason.AWAITING_CHECKS, waited=HOUR))
    assert Rest(NOW + HOUR / 4, {}) == checks


def test_what_is_held_rests_until_somebody_lets_it_go_on():
    """Suspended, or with credentials that expired: nothing is between two tries, and nothing runs."""
    assert Rest(None, {}) == found()
    assert Rest(None, {}) == found(pod("Pending", "polecat"), logged_out=True)
    assert found(pod("Pending", "polecat")) is None
    assert found(pod("Running", "polecat"), logged_out=True) is None
    assert found(pod("Pending"), logged_out=True) is None
