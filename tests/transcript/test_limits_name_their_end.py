"""When a limit lifts is read from the words in which agents and their vendors tell it."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.transcript.resets import lifts

NOW = datetime.datetime(2026, 11, 28, 14, 30, tzinfo=datetime.UTC)


def _at(day, hour, minute=0, second=0):
    return datetime.datetime(2026, 11, day, hour, minute, second, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("You've hit your limit · resets 5pm", _at(28, 17)),
        ("You've hit your limit · resets 1pm (Europe/Lisbon)", _at(29, 13)),
        ("5-hour limit reached ∙ resets 3:15 AM (UTC)", _at(29, 3, 15)),
        ("weekly limit reached, resets Nov 30, 9am (America/New_York)", _at(30, 14)),
        ("Your limit will reset at 18:05", _at(28, 18, 5)),
        ("usage limit; try again at Nov 29th, 2026 3:05 PM.", _at(29, 15, 5)),
        ("limit resets Mon 8am", _at(30, 8)),
        (
            "Claude AI usage limit reached|1795881600",
            datetime.datetime.fromtimestamp(1795881600, datetime.UTC),
        ),
        ("quota resets 2026-11-28T16:00:00Z", _at(28, 16)),
        ("Please try again in 2s.", _at(28, 14, 30, 2)),
        ("Please retry in 1m30.5s", _at(28, 14, 31, 30)),
        ("try again in 2 hours and 5 minutes", _at(28, 16, 35)),
        ("Your quota will reset after 3h12m5s.", _at(28, 17, 42, 5)),
        ("try again in 500ms", _at(28, 14, 30)),
        ('{"retry-after":"3600"}', _at(28, 15, 30)),
        ("This request would exceed your organization's rate limit of 50,000 input tokens per minute.", None),
        ("Overloaded", None),
    ],
)
def test_the_moment_is_found(words, expected):
    """Clock times count from now, in the zone that is named or in the machine's own."""
    found = lifts(words, NOW)
    assert expected == (found and found.astimezone(datetime.UTC).replace(microsecond=0))


@given(st.text(alphabet="resets again in at 0123456789:apm|-TZdhs()/Nov", max_size=80))
def test_any_words_are_survived(words):
    """A moment, or none."""
    found = lifts(words, NOW)
    assert found is None or found.tzinfo is not None
