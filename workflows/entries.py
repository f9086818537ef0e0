"""The entry of the merge queue, as the tag of a published bead carries it: a contract like refs and orders."""

import hashlib
import json
from typing import NamedTuple, Self, TypeGuard

from workflows import refs
from workflows.clean import clip
from workflows.orders import TaskOrders, TrainOrders

SMALL = 1 << 31
LATEST = 4_102_444_800
"""The year 2100 in seconds: a later publication would give every commit after it a date to come."""

TITLE = 1024
"""Bytes of a title, which is the first line of a commit."""

LONGEST = 1 << 16
"""Bytes of one text."""

LARGEST = 1 << 20
"""Bytes of an object that are read: what we write takes some thousands. Whoever may push can write hundreds of millions."""

STARTS = 20.0
"""Seconds after its publication in which the merge of a bead is expected to start."""


class Entry(NamedTuple):
    """What the queue's tag says about a published bead.

    `created` is the convoy's creation (RFC 3339), `published` when the work was published (seconds since 1970).
    `rounds` counts resolved conflicts, `retries` red gates. `held` is why it was not merged, in words for its agent, and `fault`
    the word of the exit reason; until it is published anew it may not ride in the batch of another bead. `rules` is the digest
    of the gates it must pass: only entries of the same rules share a batch. `summary` and `cost` are the agent's own. `source` is
    the event that made the convoy, `owner` its identity, empty in an entry of an older version. `reverts` is the merge that this takes
    back, as `<convoy>/<bead>`.
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
    fault: str = ""
    summary: str = ""
    cost: str = ""
    source: str = ""
    owner: str = ""
    reverts: str = ""

    @classmethod
    def of(
        cls,
        train: TrainOrders,
        task: TaskOrders,
        *,
        published: int,
        rounds: int,
        retries: int,
        summary: str = "",
        cost: str = "",
    ) -> Self:
        """The entry of one bead's finished work."""
        return cls(
            bead=task.bead,
            task=task.task,
            convoy=train.convoy,
            created=train.created,
            # Our own entry must read back, whatever stands in a bead file.
            priority=min(max(task.priority, -SMALL), SMALL),
            title=clip(task.title, TITLE),
            branch=task.branch,
            base=train.base,
            published=published,
            rounds=rounds,
            retries=retries,
            rules=rules(train),
            summary=summary,
            cost=cost,
            source=train.source,
            owner=train.identity,
            reverts=task.reverts,
        )

    def made_by(self, train: TrainOrders) -> bool:
        """Whether this convoy made it: one of the same name may have, at another time."""
        if self.owner:
            return self.owner == train.identity
        return (self.convoy, self.created) == (train.convoy, train.created)

    @property
    def records(self) -> tuple[str, str]:
        """The refs that say so once it is merged: by its convoy's name, and for its convoy."""
        owner = self.owner or f"{self.convoy}/{self.created}"
        return refs.merged(self.convoy, self.bead), refs.settled(self.convoy, owner, self.bead)

    def dump(self) -> str:
        """One line of ASCII, whatever the title holds."""
        return json.dumps(self._asdict())

    @classmethod
    def load(cls, text: str) -> Self | None:
        """The entry of a tag's message, or None for one that is not whole: another version's, another person's, or forged."""
        try:
            raw = json.loads(text)
            entry = cls(**{name: raw[name] for name in cls._fields if name in raw})
        except (ValueError, TypeError, RecursionError):
            return None
        numbers = {"priority": entry.priority, "rounds": entry.rounds, "retries": entry.retries}
        texts = (value for name, value in entry._asdict().items() if name not in (*numbers, "published"))
        sound = (
            all(_text(each) for each in texts)
            and all(whole(each, -SMALL, SMALL) for each in numbers.values())
            and whole(entry.published, 0, LATEST)
        )
        return entry if sound else None


def whole(value: object, least: int, most: int) -> TypeGuard[int]:
    """Whether what somebody wrote is a whole number within these bounds: true is none, and Python's have no end of their own."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _text(value: object) -> bool:
    """Half a surrogate pair is a text of JSON, and none of git's."""
    try:
        return isinstance(value, str) and len(value.encode()) <= LONGEST
    except UnicodeEncodeError:
        return False


def rules(train: TrainOrders) -> str:
    """A digest of what a candidate must pass and how it is made."""
    told = [[gate.name, gate.command, gate.timeout, gate.parallel] for gate in train.gates]
    return hashlib.sha256(json.dumps([told, train.style, train.merger, train.sign_off]).encode()).hexdigest()[
        :12
    ]
