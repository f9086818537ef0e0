"""The merge queue's entries and their order. Pure: times are passed in, and the refs are read elsewhere."""

import datetime
import hashlib
import json
from collections.abc import Iterable
from typing import NamedTuple, Self

from workflows.orders import TaskOrders, TrainOrders

LOWEST_PRIORITY = 4
HOUR = 3600.0


class Entry(NamedTuple):
    """What the queue's tag says about a published bead.

    `created` is the convoy's creation (RFC 3339), `published` when the work was published (seconds since 1970).
    `rounds` counts resolved conflicts, `retries` red gates. `held` is why it was not merged, in words for its agent;
    until it is published anew it may not ride in the batch of another bead. `rules` is the digest of the gates it must
    pass: only entries of the same rules share a batch.
    """

    bead: str
    task: str
    convoy: str
    created: str
    priority: int
    title: str
    branch: str
    base: str
    published: int
    rounds: int = 0
    retries: int = 0
    held: str = ""
    rules: str = ""

    @classmethod
    def of(cls, train: TrainOrders, task: TaskOrders, *, published: int, rounds: int, retries: int) -> Self:
        """The entry of one bead's finished work."""
        return cls(
            bead=task.bead,
            task=task.task,
            convoy=train.convoy,
            created=train.created,
            priority=task.priority,
            title=task.title,
            branch=task.branch,
            base=train.base,
            published=published,
            rounds=rounds,
            retries=retries,
            rules=rules(train),
        )

    def dump(self) -> str:
        """One line of ASCII, whatever the title holds."""
        return json.dumps(self._asdict())

    @classmethod
    def load(cls, text: str) -> Self | None:
        """The entry of a tag's message, or None for a tag that is not one of ours."""
        try:
            raw = json.loads(text)
            known = {name: raw[name] for name in cls._fields if name in raw}
            entry = cls(**known)
            numbers = (entry.priority, entry.published, entry.rounds, entry.retries)
            return entry if all(isinstance(each, int) for each in numbers) else None
        except (ValueError, TypeError):
            return None


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


def rules(train: TrainOrders) -> str:
    """A digest of what a candidate must pass and how it is made."""
    told = [[gate.name, gate.command, gate.timeout] for gate in train.gates]
    return hashlib.sha256(json.dumps([told, train.style]).encode()).hexdigest()[:12]


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


def batch(own: Queued, others: Iterable[Queued], *, now: float, size: int) -> tuple[Queued, ...]:
    """The own entry first, then the best of those that may ride along.

    First, because a step answers for its own bead: no rider can cost it its place, or be the reason for its conflict.
    """
    riders = [
        each
        for each in others
        if each.ref != own.ref and not each.entry.held and each.entry.rules == own.entry.rules
    ]
    ordered = sorted(riders, key=lambda each: (-score(each.entry, now), each.ref))
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
