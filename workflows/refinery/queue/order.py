"""The order of the merge queue, and who is in a batch. Pure: times are passed in, and the refs are read elsewhere."""

import datetime
from collections.abc import Collection, Iterable
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


def rank(entry: Entry, now: float) -> tuple[bool, float, str]:
    """The sort key of the queue, also of `mq list`: by falling score, of two equal ones by id, and what is held last."""
    return bool(entry.held), -score(entry, now), entry.bead


def in_order(queue: Iterable[Queued], now: float) -> list[Queued]:
    """The queue as it is merged."""
    return sorted(queue, key=lambda each: rank(each.entry, now))


def batch(
    own: Queued, others: Iterable[Queued], *, asking: Collection[str], now: float, size: int
) -> tuple[Queued, ...]:
    """Who is tried together, in the queue's order, the own entry among them.

    Only those that may ride along: published under the same rules, not held, and `asking`, which are beads whose own step waits to
    be merged. The work of a convoy that was stopped, or of a bead that failed, asks for nothing. An entry that is held is tried alone.
    """
    if own.entry.held:
        return (own,)
    riders = [each for each in others if each.ref != own.ref and _rides(each, own, asking)]
    chosen = in_order((own, *riders), now)[: max(size, 1)]
    return tuple(chosen if own in chosen else (*chosen[:-1], own))


def _rides(each: Queued, own: Queued, asking: Collection[str]) -> bool:
    return each.bead in asking and not each.entry.held and each.entry.rules == own.entry.rules


def _hours(seconds: float) -> float:
    return max(seconds, 0.0) / HOUR


def _seconds(created: str, now: float) -> float:
    """A convoy whose creation cannot be read counts as new."""
    try:
        moment = datetime.datetime.fromisoformat(created)
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
    except (ValueError, OverflowError):
        return now
