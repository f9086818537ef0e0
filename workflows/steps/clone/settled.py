"""What an earlier run of the same convoy already did for this bead, read from the remote's refs."""

from typing import NamedTuple

from workflows import refs
from workflows.entries import LARGEST, Entry
from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.git.checkout import NOT_SHALLOW, Source
from workflows.steps.git.history import History
from workflows.steps.git.remote import ABSENT

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
            "merged": refs.settled(train.convoy, train.identity, task.bead),
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
    if int(source.git.run("cat-file", "-s", found.queued_tag)) > LARGEST:
        return None
    return Entry.load(source.git.run("cat-file", "tag", found.queued_tag).partition("\n\n")[2])


def published(found: Found, queued: Entry | None, train: TrainOrders) -> bool:
    """Whether this convoy's entry waits to be merged as it is: not held back, and the branch not moved since."""
    own = queued is not None and queued.made_by(train) and not queued.held
    return own and found.branch in (found.queued, ABSENT)


def refused(found: Found, queued: Entry | None) -> str:
    """Why the work that stands on the branch was not merged; nothing once somebody has changed it."""
    return queued.held if queued and found.branch == found.queued else ""
