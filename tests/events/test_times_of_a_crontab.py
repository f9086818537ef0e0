"""Schedules name the same moments as a crontab."""

import datetime

import pytest

from events.errors import Unconfigured
from events.triggers.schedules import parse

NOW = datetime.datetime(2026, 5, 4, 12, 30, 59, tzinfo=datetime.UTC)  # a Monday


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("0 3 * * *", "2026-05-04T03:00"),
        ("45 12 * * *", "2026-05-03T12:45"),
        ("*/15 * * * *", "2026-05-04T12:30"),
        ("0 0 1 * *", "2026-05-01T00:00"),
        ("0 9 * * 0", "2026-05-03T09:00"),
        ("0 9 * * 7", "2026-05-03T09:00"),
        ("0 9 13 * 5", "2026-05-01T09:00"),
        ("0 0 29 2 *", "2024-02-29T00:00"),
        ("5,35 8-10/2 * * 1-5", "2026-05-04T10:35"),
    ],
)
def test_the_last_moment(text, last):
    """That is not after now."""
    assert parse(text).last(NOW) == datetime.datetime.fromisoformat(last).replace(tzinfo=datetime.UTC)


@pytest.mark.parametrize("text", ["60 * * * *", "* * * *", "5-1 * * * *", "*/0 * * * *", "a * * * *"])
def test_what_is_none_is_refused(text):
    """Naming what is wrong."""
    with pytest.raises(Unconfigured, match="schedule"):
        parse(text)


def test_a_day_that_never_comes_has_no_moment():
    """The 31st of February."""
    assert parse("0 0 31 2 *").last(NOW) is None
