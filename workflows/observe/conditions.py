"""Building conditions whose time is read from the Workflow, so that observing needs no clock."""

import datetime

from crds import Condition

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
"""Stands for "since ever" where nothing tells a time."""


def condition(
    kind: str, reason: str, message: str, *, holds: bool, at: datetime.datetime | None
) -> Condition:
    """One condition; `at` is when it came about."""
    return Condition(
        type=kind,
        status="True" if holds else "False",
        reason=reason,
        message=message,
        last_transition_time=at or EPOCH,
    )
