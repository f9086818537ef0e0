"""What an earlier run of the same convoy already did for this bead, read from the remote's refs."""

import datetime
from typing import NamedTuple

from workflows import refs
from workflows.entries import Entry
from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.git.checkout import NOT_SHALLOW, Source
from workflows.steps.git.history import History
from workflows.steps.git.remote import ABSENT

SKEW = 600.0
"""Seconds by which the clocks of two machines may differ without making a convoy's own work look like that of an earlier one."""

MERGED = "merged"
PUBLISHED = "published"


class Found(NamedTuple):
    """The refs of interest as the remote has them, ABSENT where there are none."""

    base: str
    target: str
    branch: str
    wip: str
    queued_tag: str
    queued: str
    merged: str
    claim: str = ABSENT

    @classmethod
    def names(cls, train: TrainOrders, task: TaskOrders) -> dict[str, str]:
        """Which ref each fact is read from."""
        return {
            "base": refs.head(train.base),
            "target": refs.head(train.target),
            "branch": refs.head(task.branch),
            "wip": refs.wip(task.bead),
            "queued_tag": refs.queue(train.target, task.bead),
            "merged": refs.record(train.convoy, task.bead, merge=train.merge),
            "claim": refs.claim(task.bead),
        }

    @classmethod
    def of(cls, train: TrainOrders, task: TaskOrders, there: dict[str, str]) -> "Found":
        """Take what is ours out of the remote's refs."""
        names = cls.names(train, task)
        facts = {fact: there.get(name, ABSENT) for fact, name in names.items()}
        return cls(**facts, queued=there.get(f"{names['queued_tag']}^{{}}", ABSENT))


def merged(train: TrainOrders, task: TaskOrders, found: Found, source: Source) -> bool:
    """Whether the record of the merge stands, and the target still holds what it names."""
    if not found.merged or train.merge == "none":
        return bool(found.merged)
    if not found.target or found.merged == found.target:
        return bool(found.target)
    names = Found.names(train, task)
    specs = (f"+{names['target']}:refs/gastown/target", f"+{names['merged']}:{names['merged']}")
    whole = source._replace(depth=NOT_SHALLOW)
    whole.fetch(*specs)
    return History(source.git, whole, specs).contains(found.target, found.merged)


def entry(train: TrainOrders, task: TaskOrders, found: Found, source: Source) -> Entry | None:
    """The queue's entry of this bead, whichever convoy made it."""
    if not found.queued:
        return None
    ref = refs.queue(train.target, task.bead)
    source._replace(depth=min(source.depth, 1)).fetch(f"+{ref}:{ref}")
    text = source.git.run("cat-file", "tag", found.queued_tag).partition("\n\n")[2]
    return Entry.load(text)


def made_by(train: TrainOrders, queued: Entry) -> bool:
    """Whether this convoy made the entry: one of the same name may have, at another time."""
    return (queued.convoy, queued.created) == (train.convoy, train.created)


def outlived(train: TrainOrders, task: TaskOrders, found: Found, source: Source) -> bool:
    """Whether the record is of an earlier convoy of the same name: its commit is older than this convoy, whoever's clock is off a little."""
    created = _seconds(train.created)
    if not created:
        return False
    ref = refs.record(train.convoy, task.bead, merge=train.merge)
    source._replace(depth=min(source.depth, 1)).fetch(f"+{ref}:{ref}")
    at = source.git.run("show", "--no-patch", "--format=%ct", found.merged).strip()
    return int(at) < created - SKEW


def _seconds(created: str) -> float:
    try:
        return datetime.datetime.fromisoformat(created).timestamp()
    except ValueError:
        return 0.0


def published(found: Found, queued: Entry | None, train: TrainOrders) -> bool:
    """Whether this convoy's entry waits to be merged as it is: not held back, and the branch not moved since."""
    own = queued is not None and made_by(train, queued) and not queued.held
    return own and found.branch in (found.queued, ABSENT)


def refused(found: Found, queued: Entry | None) -> str:
    """Why the work that stands on the branch was not merged; nothing once somebody has changed it."""
    return queued.held if queued and found.branch == found.queued else ""
