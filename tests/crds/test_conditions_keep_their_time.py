import datetime as dt

import pytest

import crds

MORNING = dt.datetime(2026, 1, 21, 8, tzinfo=dt.UTC)
NOON = dt.datetime(2026, 1, 21, 12, tzinfo=dt.UTC)


def _ready(status, since, reason="Because"):
    return crds.Condition(type="Ready", status=status, reason=reason, message="", last_transition_time=since)


@pytest.mark.parametrize(
    ("status", "since"),
    [pytest.param("True", MORNING, id="same status"), pytest.param("False", NOON, id="other status")],
)
def test_only_a_change_of_status_moves_the_transition_time(status, since):
    """How long a state has held is read from it, so a new reason must not reset it."""
    (condition,) = crds.with_conditions([_ready("True", MORNING)], _ready(status, NOON, "Other"))

    assert condition == _ready(status, since, "Other")


def test_types_stay_apart_and_in_order():
    """The order doesn't depend on who wrote first, so equal states are equal objects."""
    merged = _ready("True", NOON).model_copy(update={"type": "Merged"})

    assert crds.with_conditions([_ready("True", MORNING)], merged) == (merged, _ready("True", MORNING))
