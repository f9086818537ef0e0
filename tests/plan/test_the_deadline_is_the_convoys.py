"""A convoy's deadline is over all of its trains: a later one gets what the first ones left."""

import datetime

import pytest

from crds import Convoy
from workflows.convoys.dispatch import in_time, left
from workflows.names import WorkflowName
from workflows.observe import Observation

NOON = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)


def _convoy(deadline, attempt=0):
    spec = {"description": "d", "trackedBeads": ["ap-1"], "deadline": deadline, "attempt": attempt}
    return Convoy.model_validate({"metadata": {"name": "c"}, "spec": spec})


def _train(minutes, attempt=0):
    """A Workflow that started so many minutes before noon."""
    return Observation(
        workflow=WorkflowName(f"c-{minutes}"),
        convoy="c",
        rig="ap",
        attempt=attempt,
        phase="Running",
        message="",
        known=True,
        ended=False,
        started=NOON - datetime.timedelta(minutes=minutes),
        finished=None,
        beads=(),
    )


@pytest.mark.parametrize(
    ("deadline", "trains", "seconds"),
    [
        pytest.param("0", [_train(10)], None, id="none"),
        pytest.param("1h", [], 3600, id="nothing has started"),
        pytest.param("1h", [_train(10), _train(50)], 600, id="from the first train on"),
        pytest.param("1h", [_train(90)], -1800, id="passed"),
        pytest.param("1h", [_train(-300)], 3600, id="the clock was set back"),
        pytest.param("1h", [_train(90, attempt=7)], 3600, id="another attempt's train"),
    ],
)
def test_what_is_left(deadline, trains, seconds):
    """From the first train of the present attempt on."""
    assert seconds == left(_convoy(deadline), trains, now=NOON)


def test_a_later_train_is_compiled_with_what_is_left():
    """And never with nothing, which would mean no limit."""
    found = [in_time(_convoy("1h"), [_train(minutes)], now=NOON).spec.deadline for minutes in (50, 90)]
    assert ["600s", "1s"] == found
