"""What the deliveries of several forges have in common."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from events.errors import Unreadable
from events.model import Files, Hint, Ignored, no_files
from forges.errors import Unreadable as NotOfThisForge
from forges.fields import Fields

Told = tuple[Hint, ...] | Ignored
Read = Callable[[Fields], Told]

TRAILER = "\nGastown-Bead:"
"""Stands in every commit that the refinery makes."""

HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one forge's deliveries are read: the headers that name the event and the delivery, and a reader for each event."""

    event: tuple[str, ...]
    delivery: tuple[str, ...]
    readers: Mapping[str, Read]


def ignored(why: str) -> Read:
    """A reader of what can't sling anything."""
    return lambda _: Ignored(why)


def no_commit(sha: str) -> bool:
    """Whether this stands for no commit: before a branch's first one, and after its last."""
    return not sha.strip("0")


def ours(messages: Iterable[str]) -> bool:
    """Whether all of these commits, and at least one, were made by a refinery."""
    found = False
    for message in messages:
        if TRAILER not in f"\n{message}":
            return False
        found = True
    return found


def files(push: Fields, *names: str, most: int) -> Files:
    """The files that a push's commits changed; None where there are so many commits that some may be missing."""
    if push.count("commits") >= most:
        return no_files

    def gathered() -> tuple[str, ...]:
        try:
            return tuple(push.gathered("commits", *names))
        except NotOfThisForge as error:
            raise Unreadable(str(error)) from error

    return gathered
