"""Beads stacked on a target."""

from typing import NamedTuple

from workflows.refinery.queue.order import Queued


class Landed(NamedTuple):
    """One bead on the stack: `sha` carries it on the target. `empty` when the target held the change already."""

    queued: Queued
    sha: str
    empty: bool = False


class Dropped(NamedTuple):
    """An entry that does not merge cleanly, and the files it disagrees about; or what git says of objects that it can't merge."""

    queued: Queued
    files: tuple[str, ...]
    broken: str = ""


class Stack(NamedTuple):
    """Entries on a target, in order. `closing` is the commit on top of them that closes their beads, where there is one; `tree` is
    that of the tip.
    """

    base: str
    landed: tuple[Landed, ...]
    dropped: tuple[Dropped, ...]
    tree: str
    closing: str = ""

    @property
    def tip(self) -> str:
        """What the target's head becomes."""
        return self.closing or (self.landed[-1].sha if self.landed else self.base)
