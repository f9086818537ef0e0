"""Finds the repositories that an agent has beside its first one."""

import contextlib
import stat
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from workflows.steps.courier.elsewhere.places import FIRST, HOME, OURS, Places, line
from workflows.steps.wall.door import Folder

_MANY, _DEPTH = 2000, 8
_MODULES = f"{FIRST}/.git/modules"
_WORK_TREES = f"{FIRST}/.git/worktrees/"


class Found(NamedTuple):
    """Of one repository the name to people, its git directory and its work tree, from the workspace; `tree` is empty where it has none."""

    name: str
    directory: str
    tree: str = ""


def inside(theirs: Folder, places: Places, folders: Iterable[str]) -> Iterator[Found]:
    """Those that lie in these folders. One whose git directory is out of reach, or that is a work tree which its repository does not
    know, is told without it.
    """
    for folder in folders:
        with contextlib.suppress(OSError):
            mark = theirs.stat(f"{folder}/.git")
            place = f"{folder}/.git"
            if not stat.S_ISDIR(mark.st_mode):
                with theirs.folder(folder) as tree:
                    start, _, told = line(tree, ".git").partition("gitdir: ")
                place = places.within(told, folder) if told and not start else ""
            known = not place.startswith(_WORK_TREES) and (not place or theirs.has(place))
            yield Found(folder.removeprefix(f"{FIRST}/"), place if known else "", folder)


def modules(theirs: Folder, place: str = _MODULES, depth: int = _DEPTH) -> Iterator[Found]:
    """Submodules whose folder may be gone: git keeps their repositories."""
    with contextlib.suppress(OSError), theirs.folder(place) as folder:
        for item in folder.items(_MANY) if depth else ():
            inner = f"{place}/{item.name}"
            if item.is_folder and _is_repository(folder, item.name):
                yield Found(inner.removeprefix(f"{_MODULES}/"), inner)
                yield from modules(theirs, f"{inner}/modules", depth - 1)
            elif item.is_folder:
                yield from modules(theirs, inner, depth - 1)


def beside(theirs: Folder, places: Places) -> Iterator[Found]:
    """Those next to the first one, or in the agent's home, that have a work tree."""
    return inside(theirs, places, _around(theirs))


def bare(theirs: Folder) -> Iterator[Found]:
    """Those that have none."""
    return (Found(folder, folder) for folder in _around(theirs) if _is_repository(theirs, folder))


def _around(theirs: Folder) -> Iterator[str]:
    """The folders next to the first one, and those in the agent's home but for the programs' own."""
    skipped = OURS | {FIRST, HOME}
    yield from (item.name for item in theirs.items(_MANY) if item.is_folder and item.name not in skipped)
    with contextlib.suppress(OSError), theirs.folder(HOME) as home:
        for item in home.items(_MANY):
            if item.is_folder and not item.name.startswith("."):
                yield f"{HOME}/{item.name}"


def _is_repository(folder: Folder, name: str) -> bool:
    return all(folder.has(f"{name}/{part}") for part in ("HEAD", "objects", "refs"))
