"""Finds the repositories that an agent has beside its first one."""

import contextlib
import stat
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from workflows.steps.courier.elsewhere.places import FIRST, Places, line
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
    """Those next to the first one, bare ones among them."""
    for item in theirs.items(_MANY):
        if item.is_folder and item.name != FIRST and places.within(item.name, "."):
            yield from inside(theirs, places, [item.name])
            if _is_repository(theirs, item.name):
                yield Found(item.name, item.name)


def _is_repository(folder: Folder, name: str) -> bool:
    return all(folder.has(f"{name}/{part}") for part in ("HEAD", "objects", "refs"))
