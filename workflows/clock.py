"""The wall clock, in UTC: passed in wherever time is read, so that tests set it."""

import datetime
import time
from collections.abc import Callable

Clock = Callable[[], datetime.datetime]
"""Gives the present time, in UTC."""


LONG_AGO = datetime.datetime.min.replace(tzinfo=datetime.UTC)
"""Before all that is known: stands for no time where times are compared."""


def timestamp(moment: datetime.datetime) -> str:
    """RFC 3339 in whole seconds, as Kubernetes writes times."""
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_now() -> datetime.datetime:
    """The clock of a real run."""
    return datetime.datetime.now(datetime.UTC)


def steady() -> Clock:
    """A clock that goes on from the present time, whatever anybody sets: for durations that one process measures against times told."""
    begin, at = utc_now(), time.clock_gettime(_AWAKE_OR_NOT)
    return lambda: begin + datetime.timedelta(seconds=time.clock_gettime(_AWAKE_OR_NOT) - at)


_AWAKE_OR_NOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while a laptop sleeps: Linux's monotonic clock does not, and macOS's, but for Python's, does."""
