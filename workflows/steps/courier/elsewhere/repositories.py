"""Repositories of their own beside the agent's first one: submodules, `git init` and `git clone` in a subfolder, clones next to it.

Of each, what no server may have goes into one bundle: commits, and what is uncommitted as a commit on top of HEAD.
"""

import contextlib
import shutil
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from workflows.steps.courier import gitindex, heads
from workflows.steps.courier.elsewhere.archive import Archive
from workflows.steps.courier.elsewhere.found import Found, bare, beside, inside, modules
from workflows.steps.courier.elsewhere.places import Places, Seen
from workflows.steps.courier.gitindex import Index
from workflows.steps.courier.heads import Heads
from workflows.steps.courier.snapshot import Desk, Snapshot, Snapshots
from workflows.steps.courier.watch import Beat
from workflows.steps.errors import StepError
from workflows.steps.git.command import Git
from workflows.steps.speech import say
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import BUNDLE, BUNDLED, Beside

MOST = 100
"""Repositories that are looked at."""

ROOM = 512 << 20
"""Bytes that one look takes of the files of one."""

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


class Ours(NamedTuple):
    """Where the courier works: `repository` is what `main` gets objects from, `place` the folder for all else."""

    git: Git
    repository: Path
    place: Path
    beat: Beat


class Repositories:
    """All of one agent, from look to look."""

    def __init__(self, ours: Ours, places: Places) -> None:
        self._ours = ours
        self._places = places
        self._known: dict[Found, Repository] = {}
        self._count = 0

    def look(
        self,
        theirs: Folder,
        trees: Seen,
        given: Mapping[str, str],
        saved: set[str],
        due: Callable[[], bool],
    ) -> Seen:
        """Look at all but the work trees that were looked at, `trees`. `given` are the commits of submodules as clone laid them, `saved` those
        that `main` has otherwise. Repositories that nobody can look at, or not before it is `due` to end, are named.
        """
        waiting = deque(inside(theirs, self._places, trees.repositories))
        waiting += [*beside(theirs, self._places), *bare(theirs), *modules(theirs)]
        files, left, seen = list[Beside](), list[str](), set(trees.places)
        while waiting:
            found = waiting.popleft()
            if {found.directory, found.tree} & seen:
                continue
            seen |= {found.directory, found.tree} - {""}
            try:
                tree, told = self._of(found, due).look(theirs, found, saved | {given.get(found.tree, "")})
            except (StepError, OSError) as error:
                say(f"the repository {found.name} is not taken: {error}")
                self._drop(found)
                left.append(f"{BUNDLED}{found.name}")
                continue
            waiting += inside(theirs, self._places, (f"{found.tree}/{each}" for each in told.repositories))
            files += [Beside(f"{BUNDLED}{found.name}", "", tree)] if tree else []
            left += [f"{found.name}/{each}" for each in told.left]
        return Seen(tuple(files), tuple(left))

    def _of(self, found: Found, due: Callable[[], bool]) -> "Repository":
        if due() or (found not in self._known and len(self._known) == MOST):
            raise StepError("there are too many, or they take too long")
        if found not in self._known:
            self._count += 1
            self._known[found] = Repository(self._ours, self._count)
        return self._known[found]

    def _drop(self, found: Found) -> None:
        """Our disk may be full of it. The next look begins anew."""
        if repository := self._known.pop(found, None):
            repository.remove()


class State(NamedTuple):
    """What its git directory says; nothing where it has none that can be read. `at` is when HEAD was last written: the same on a rerun."""

    staged: Index
    heads: Heads = Heads()
    fetched: frozenset[str] = frozenset()
    at: int = 0


class Repository:
    """One of them, from look to look."""

    def __init__(self, ours: Ours, number: int) -> None:
        self._ours = ours
        place, mirror = ours.place / f"inner-{number}.git", ours.place / f"inner-{number}"
        self._places = (place, mirror)
        self._archive = Archive(ours.git, place, ours.repository / "info" / "exclude", ours.beat)
        desk = Desk(place, place / "index", mirror, ROOM)
        self._snapshots = Snapshots(ours.git, desk, ours.beat)
        self._last: tuple[object, str] = (None, "")

    def remove(self) -> None:
        """What is ours of it goes."""
        for place in self._places:
            shutil.rmtree(place, ignore_errors=True)

    def look(self, theirs: Folder, found: Found, known: set[str]) -> tuple[str, Snapshot]:
        """The tree that holds its bundle, empty where all of it is elsewhere, and what was seen of its files. Raises StepError, OSError."""
        state, seen = State(gitindex.NOTHING), Snapshot("", ())
        if found.directory:
            with theirs.folder(found.directory) as directory:
                state = _state(directory)
                known = known | state.fetched
                tips = _tips(state.heads, known)
                with contextlib.suppress(FileNotFoundError), directory.folder("objects") as store:
                    self._archive.take(store, filter(None, tips.values()), known)
        else:
            tips = {"HEAD": ""}
        if found.tree:
            with theirs.folder(found.tree) as tree:
                seen = self._snapshots.take(tree, state.staged, lambda _: True)
        head = state.heads.head
        if seen.tree and seen.tree != self._base(state, seen):
            tips["HEAD"] = tips["uncommitted"] = self._archive.commit(seen.tree, head, state.at)
        return self._bundled(tips, known), seen

    def _base(self, state: State, seen: Snapshot) -> str:
        """The tree of HEAD. Where its commit is not here, as it is in a pack that a server gave, its index tells."""
        if not state.heads.head:
            return EMPTY_TREE
        if base := self._archive.tree(state.heads.head):
            return base
        fresh = any(each.sha in self._archive.loose for each in state.staged.staged.values())
        return "" if fresh or self._snapshots.differs(state.staged) else seen.tree

    def _bundled(self, tips: dict[str, str], known: set[str]) -> str:
        new = self._archive.fresh(filter(None, tips.values()), known)
        if not new.fresh:
            return ""
        if self._last[0] != (new, tips):
            fallen = next(sha for sha in tips.values() if sha in new.fresh)
            tips = tips if tips["HEAD"] in new.fresh else tips | {"HEAD": fallen}
            file = self._archive.bundle(new, tips)
            ours = self._ours.git.having(GIT_DIR=self._ours.repository)
            with self._ours.beat.beside():
                blob = ours.run("hash-object", "-w", "--no-filters", "--", file).strip()
            file.unlink()
            self._last = ((new, tips), ours.run("mktree", text=f"100644 blob {blob}\t{BUNDLE}\n").strip())
        return self._last[1]


def _state(directory: Folder) -> State:
    at = 0
    with contextlib.suppress(OSError):
        at = max(int(directory.stat("HEAD").st_mtime), 0)
    index = gitindex.read(directory) or gitindex.NOTHING
    return State(index, heads.read(directory, ""), heads.fetched(directory), at)


def _tips(told: Heads, known: set[str]) -> dict[str, str]:
    """Its lines of work by name; what HEAD left only where there is nothing else."""
    tips = {each.name: each.sha for each in told.others if not each.passed} | {"HEAD": told.head}
    if {*filter(None, tips.values())} <= known:
        tips |= {each.name: each.sha for each in told.others if each.passed and each.sha not in known}
    return tips
