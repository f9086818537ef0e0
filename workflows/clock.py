"""The wall clock, in UTC: passed in wherever time is read, so that tests set it."""

import datetime
from collections.abc import Callable

Clock = Callable[[], datetime.datetime]
"""Gives the present time, in UTC."""


def utc_now() -> datetime.datetime:
    """The clock of a real run."""
    return datetime.datetime.now(datetime.UTC)
