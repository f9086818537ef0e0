"""The entry of the merge queue, as the tag of a published bead carries it: a contract like refs and orders."""

import hashlib
import json
from typing import NamedTuple, Self

from workflows.orders import TaskOrders, TrainOrders


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


def rules(train: TrainOrders) -> str:
    """A digest of what a candidate must pass and how it is made."""
    told = [[gate.name, gate.command, gate.timeout] for gate in train.gates]
    return hashlib.sha256(json.dumps([told, train.style]).encode()).hexdigest()[:12]
