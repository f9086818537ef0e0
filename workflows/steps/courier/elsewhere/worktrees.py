"""The files of the agent's other work trees, as `git worktree add` makes them: each is looked at like the first one."""

from collections.abc import Callable
from pathlib import Path

from workflows.steps.courier import gitindex, heads
from workflows.steps.courier.elsewhere.places import FIRST, Places, Seen, line
from workflows.steps.courier.snapshot import Desk, Snapshot, Snapshots
from workflows.steps.courier.watch import Beat
from workflows.steps.errors import StepError
from workflows.steps.git.command import Git
from workflows.steps.speech import say
from workflows.steps.wall.door import Folder, Unfit
from workflows.steps.wall.sighting import BESIDE, Beside

MOST = 20
"""Work trees that are looked at."""

ROOM = 512 << 20
"""Bytes that one look takes of the files of one."""

_MANY = 2000
_WORDS = f"{BESIDE}uncommitted in the work tree"


class WorkTrees:
    """Those of one repository, from look to look. `place` is ours."""

    def __init__(self, git: Git, repository: Path, place: Path, places: Places, beat: Beat) -> None:
        self._git = git
        self._repository = repository
        self._place = place
        self._places = places
        self._beat = beat
        self._snapshots: dict[str, Snapshots] = {}

    def look(
        self, theirs: Folder, directory: Folder, known: Callable[[str], bool], due: Callable[[], bool]
    ) -> Seen:
        """Look at all of them: those that nobody can look at, or not before it is `due` to end, are named."""
        files, left = list[Beside](), list[str]()
        places, inner = list[str](), list[str]()
        for number, (name, head) in enumerate(heads.work_trees(directory, _MANY).items()):
            place = self._of(directory, name)
            try:
                if not place or number >= MOST or due():
                    raise Unfit(f"{name} is not looked at")
                with theirs.folder(place) as tree:
                    _check(tree, name)
                    found = self._taken(tree, directory, name, known)
            except FileNotFoundError:
                # Removed, or moved: then its folder is met as one of which nobody knows.
                continue
            except (StepError, OSError) as error:
                say(f"the files of the work tree {name} are not taken: {error}")
                places.append(place)
                left.append(f"{_WORDS} {name} ({line(directory, f'worktrees/{name}/gitdir')})")
                continue
            places.append(place)
            files.append(Beside(f"{_WORDS} {name}", head, found.tree))
            left += [f"{place}/{each}" for each in found.left]
            inner += [f"{place}/{each}" for each in found.repositories]
        return Seen(tuple(files), tuple(left), tuple(places), tuple(inner))

    def _of(self, directory: Folder, name: str) -> str:
        """Its folder, from the workspace; empty where that is out of reach, or none of its own."""
        start = f"{FIRST}/.git/worktrees/{name}"
        told = line(directory, f"worktrees/{name}/gitdir")
        place, _, last = self._places.within(told, start).rpartition("/") if told else ("", "", "")
        return place if last == ".git" and place != FIRST else ""

    def _taken(self, tree: Folder, directory: Folder, name: str, known: Callable[[str], bool]) -> Snapshot:
        with directory.folder(f"worktrees/{name}") as own:
            index = gitindex.read(own)
        if name not in self._snapshots:
            ours = self._place / f"tree-{len(self._snapshots)}"
            desk = Desk(self._repository, ours.with_suffix(".index"), ours, ROOM)
            self._snapshots[name] = Snapshots(self._git, desk, self._beat)
        return self._snapshots[name].take(tree, index, known)


def _check(tree: Folder, name: str) -> None:
    """Raises Unfit for a folder that is no work tree of this name: whatever else an agent names is none of its work."""
    start, _, last = line(tree, ".git").rpartition("/")
    if not start.startswith("gitdir: ") or not start.endswith("worktrees") or last != name:
        raise Unfit("its folder is another's")
