"""The merge queue's entries and their order. Pure: times are passed in, and the refs are read elsewhere."""

import datetime
from collections.abc import Iterable
from typing import NamedTuple

from workflows.entries import Entry

LOWEST_PRIORITY = 4
HOUR = 3600.0


class Queued(NamedTuple):
    """An entry as it stands in the repository: the tag object, and the commit that it pins.

    `author` is who made that commit, as `name <email>`, and `authored` when, in git's raw form.
    """

    entry: Entry
    ref: str
    tag: str
    sha: str
    author: str
    email: str
    authored: str

    @property
    def bead(self) -> str:
        """The bead whose work this is."""
        return self.entry.bead


def score(entry: Entry, now: float) -> float:
    """Gas Town's formula: old convoys first, then priority; each failed try costs half a priority, up to three."""
    priority = entry.priority if 0 <= entry.priority <= LOWEST_PRIORITY else LOWEST_PRIORITY
    tries = entry.rounds + entry.retries
    return (
        1000
        + 10 * _hours(now - _seconds(entry.created, now))
        + 100 * (LOWEST_PRIORITY - priority)
        - min(50 * tries, 300)
        + _hours(now - entry.published)
    )


def rank(entry: Entry, now: float) -> tuple[float, str]:
    """The sort key of the queue, also of `mq list`: the best score first, and of two equal ones by id."""
    return -score(entry, now), entry.bead


def batch(own: Queued, others: Iterable[Queued], *, now: float, size: int) -> tuple[Queued, ...]:
    """The own entry first, then the best of those that may ride along.

    First, because a step answers for its own bead: no rider can cost it its place, or be the reason for its conflict.
    """
    riders = [
        each
        for each in others
        if each.ref != own.ref and not each.entry.held and each.entry.rules == own.entry.rules
    ]
    ordered = sorted(riders, key=lambda each: rank(each.entry, now))
    return (own, *ordered[: max(size, 1) - 1])


def _hours(seconds: float) -> float:
    return max(seconds, 0.0) / HOUR


def _seconds(created: str, now: float) -> float:
    """A convoy whose creation cannot be read counts as new."""
    try:
        moment = datetime.datetime.fromisoformat(created)
    except ValueError:
        return now
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
