"""What the agent has made so far, looked at and packed."""

import contextlib
import time
from pathlib import Path

from workflows.steps.courier import gitindex, heads
from workflows.steps.courier.contents import Contents
from workflows.steps.courier.elsewhere.loose import Loose
from workflows.steps.courier.elsewhere.places import FIRST, Places, Seen
from workflows.steps.courier.elsewhere.repositories import Ours, Repositories
from workflows.steps.courier.elsewhere.worktrees import WorkTrees
from workflows.steps.courier.heads import Heads
from workflows.steps.courier.snapshot import LAID, Desk, Snapshot, Snapshots
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
        self._links = {
            f"{FIRST}/{path}": entry.sha
            for path, entry in self._snapshots.laid.staged.items()
            if entry.is_repository
        }
        places = Places(workspace)
        self._trees = WorkTrees(within, repository, place, places, beat)
        ours = Ours(within, repository, place, beat)
        self._repositories = Repositories(ours, places)
        self._loose = Loose(ours)
        self._seen = Snapshot("", ())
        self.more = False
        """Whether the last look left some of it for the next one."""

    def commits(self, before: Sighting) -> Sighting:
        """What the agent has committed, wherever."""
        found, self.more = Heads(), False
        with contextlib.suppress(OSError), self._theirs.folder("repo/.git") as directory:
            found = heads.read(directory, self._brief.branch)
            with directory.folder("objects") as objects:
                self.more = self._stock.take(objects)
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
        """All its files as they are. What goes wrong with those of one place is told, and keeps what was seen there last."""
        for look in (self._first, self._beside):
            try:
                before = look(before)
            except (StepError, OSError) as error:
                say(f"the agent's files could not be looked at, trying again later: {error}")
        return before

    def _first(self, before: Sighting) -> Sighting:
        index = None
        with contextlib.suppress(OSError), self._theirs.folder("repo/.git") as directory:
            index = gitindex.read(directory)
        with self._theirs.folder(FIRST) as repo:
            self._seen = self._snapshots.take(repo, index, self._stock.seen.__contains__)
        self._hand_over()
        unmerged = index.unmerged if index else {}
        undecided = tuple(path for path, stages in unmerged.items() if not stages >= {2, 3})
        return before._replace(
            packs=self._stock.packs, tree=self._seen.tree, unmerged=tuple(unmerged), undecided=undecided
        )

    def _beside(self, before: Sighting) -> Sighting:
        """What lies uncommitted or committed in other places, and what is left out of all."""
        end = time.monotonic() + BESIDE_SECONDS
        trees, saved = Seen(), {before.head, before.branch}
        saved |= {each.sha for each in before.others if not each.passed}

        def due() -> bool:
            return time.monotonic() > end

        with contextlib.suppress(OSError), self._theirs.folder("repo/.git") as directory:
            trees = self._trees.look(self._theirs, directory, self._known, due)
            saved |= heads.fetched(directory)
        loose = self._loose.look(self._theirs)
        met = (
            *(f"{FIRST}/{path}" for path in self._seen.repositories),
            *trees.repositories,
            *loose.repositories,
        )
        wanted = trees._replace(repositories=met)
        found = self._repositories.look(self._theirs, wanted, self._links, saved, due)
        self._hand_over()
        every = (trees, loose, found)
        return before._replace(
            packs=self._stock.packs,
            beside=tuple(each for seen in every for each in seen.files),
            left=(*self._seen.left, *(each for seen in every for each in seen.left)),
        )

    def _hand_over(self) -> None:
        """What was made of its files."""
        with Folder.at(self._repository / "objects") as objects:
            self.more = self._stock.take(objects) or self.more

    def _known(self, sha: str) -> bool:
        """Whether `main` has an object, or gets it."""
        return sha in self._stock.seen or sha in self._given
