"""What the agent has made so far, looked at and packed."""

import contextlib
from pathlib import Path

from workflows.steps.courier import heads
from workflows.steps.courier.contents import Contents
from workflows.steps.courier.heads import Heads
from workflows.steps.courier.snapshot import Snapshots
from workflows.steps.courier.stock import Stock
from workflows.steps.courier.watch import Beat
from workflows.steps.errors import StepError
from workflows.steps.git.command import Git
from workflows.steps.speech import say
from workflows.steps.wall.brief import Brief
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import REPOSITORY, Sighting

GIT_SECONDS = 120.0


class Work:
    """Sees what the agent has made, and packs what is new of it."""

    def __init__(self, place: Path, theirs: Folder, brief: Brief, git: Git, beat: Beat) -> None:
        repository = place / REPOSITORY
        self._theirs = theirs
        self._brief = brief
        self._stock = Stock(place, brief.packs, beat)
        self._contents = Contents(place, beat)
        self._repository = repository
        self._snapshots = Snapshots(git.within_seconds(GIT_SECONDS), repository, place, beat)

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
        index, trees = None, tuple[str, ...]()
        with contextlib.suppress(OSError), self._theirs.folder("repo/.git") as directory:
            index = self._snapshots.index(directory)
            trees = heads.work_trees(directory)
        with self._theirs.folder("repo") as repo:
            seen = self._snapshots.take(repo, index, self._stock.seen.__contains__)
        with Folder.at(self._repository / "objects") as objects:
            self._stock.take(objects)
        unmerged = index.unmerged if index else {}
        undecided = tuple(path for path, stages in unmerged.items() if not stages >= {2, 3})
        return before._replace(
            packs=self._stock.packs,
            tree=seen.tree,
            left=(*seen.left, *trees),
            unmerged=tuple(unmerged),
            undecided=undecided,
        )
