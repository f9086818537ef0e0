"""What the agent has made so far, looked at and packed."""

import contextlib
import time
from pathlib import Path

from workflows.steps.courier import gitindex, heads
from workflows.steps.courier.contents import Contents
from workflows.steps.courier.elsewhere.places import FIRST, Places
from workflows.steps.courier.elsewhere.worktrees import Seen, WorkTrees
from workflows.steps.courier.heads import Heads
from workflows.steps.courier.snapshot import LAID, Desk, Snapshots
from workflows.steps.courier.stock import Stock
from workflows.steps.courier.watch import Beat
from workflows.steps.errors import StepError
from workflows.steps.git.command import Git
from workflows.steps.speech import say
from workflows.steps.wall.brief import Brief
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import REPOSITORY, Sighting

GIT_SECONDS = 120.0
BESIDE_SECONDS = 60.0
"""Of one look, after which other work trees are only named."""


class Work:
    """Sees what the agent has made, and packs what is new of it."""

    def __init__(
        self, place: Path, workspace: Path, theirs: Folder, brief: Brief, git: Git, beat: Beat
    ) -> None:
        repository = place / REPOSITORY
        self._theirs = theirs
        self._brief = brief
        self._stock = Stock(place, brief.packs, beat)
        self._contents = Contents(place, beat)
        self._repository = repository
        within = git.within_seconds(GIT_SECONDS)
        desk = Desk(repository, repository / "index", place / "mirror")
        self._snapshots = Snapshots(within, desk, beat, (repository / LAID).read_bytes())
        self._given = {entry.sha for entry in self._snapshots.laid.staged.values()}
        self._trees = WorkTrees(within, repository, place, Places(workspace), beat)

    def commits(self, before: Sighting) -> Sighting:
        """What the agent has committed, wherever."""
        found = Heads()
        with contextlib.suppress(OSError), self._theirs.folder("repo/.git") as directory:
            found = heads.read(directory, self._brief.branch)
            with directory.folder("objects") as objects:
                self._stock.take(objects)
            self._contents.take(directory)
        return before._replace(
            packs=self._stock.packs,
            head=found.head,
            branch=found.branch,
            others=found.others,
            merging=found.merging,
            under_way=found.under_way,
        )

    def files(self, before: Sighting) -> Sighting:
        """All its files as they are. What goes wrong with them is told, and keeps the last tree."""
        try:
            return self._files(before)
        except (StepError, OSError) as error:
            say(f"the agent's files could not be looked at, trying again later: {error}")
            return before

    def _files(self, before: Sighting) -> Sighting:
        due = time.monotonic() + BESIDE_SECONDS
        index, trees = None, Seen()
        with contextlib.suppress(OSError), self._theirs.folder("repo/.git") as directory:
            index = gitindex.read(directory)
        with self._theirs.folder("repo") as repo:
            seen = self._snapshots.take(repo, index, self._stock.seen.__contains__)
        with contextlib.suppress(OSError), self._theirs.folder("repo/.git") as directory:
            trees = self._trees.look(self._theirs, directory, self._known, lambda: time.monotonic() > due)
        with Folder.at(self._repository / "objects") as objects:
            self._stock.take(objects)
        inner = (path for path in seen.repositories if f"{FIRST}/{path}" not in trees.places)
        unmerged = index.unmerged if index else {}
        undecided = tuple(path for path, stages in unmerged.items() if not stages >= {2, 3})
        return before._replace(
            packs=self._stock.packs,
            tree=seen.tree,
            beside=trees.files,
            left=(*seen.left, *inner, *trees.left),
            unmerged=tuple(unmerged),
            undecided=undecided,
        )

    def _known(self, sha: str) -> bool:
        """Whether `main` has an object, or gets it."""
        return sha in self._stock.seen or sha in self._given
