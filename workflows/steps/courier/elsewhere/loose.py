"""Files that an agent leaves next to its clone, in no repository."""

from workflows.steps.courier import gitindex
from workflows.steps.courier.elsewhere.found import bare
from workflows.steps.courier.elsewhere.places import FIRST, HOME, OURS, Seen
from workflows.steps.courier.elsewhere.repositories import EMPTY_TREE, Ours
from workflows.steps.courier.snapshot import Desk, Snapshots
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import BESIDE, Beside

ROOM = 64 << 20
"""Bytes that one look takes of them."""

_MANY = 2000
_SKIPPED = OURS | {FIRST, HOME, "lost+found"}
"""The last one is made by a disk."""


class Loose:
    """Those of one workspace, from look to look."""

    def __init__(self, ours: Ours) -> None:
        self._ours = ours
        self._snapshots: Snapshots | None = None

    def look(self, theirs: Folder) -> Seen:
        """Look at all of them. Raises StepError, OSError."""
        skipped = _SKIPPED | {each.name for each in bare(theirs)}
        if not self._snapshots:
            if all(item.name in skipped for item in theirs.items(_MANY)):
                return Seen()
            self._snapshots = self._begin()
        found = self._snapshots.take(theirs, gitindex.NOTHING, lambda _: False, skipped)
        files = (Beside(f"{BESIDE}next to its clone", "", found.tree),) if found.tree != EMPTY_TREE else ()
        return Seen(files, tuple(f"../{each}" for each in found.left), repositories=found.repositories)

    def _begin(self) -> Snapshots:
        ours = self._ours
        desk = Desk(ours.repository, ours.place / "beside.index", ours.place / "beside", ROOM)
        return Snapshots(ours.git, desk, ours.beat)
