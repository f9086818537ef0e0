"""Where a path that an agent wrote lies in the folder that it shares with the courier, and what was seen there."""

import os
from pathlib import Path
from typing import NamedTuple

from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import Beside

FIRST = "repo"
"""The folder of the first work tree, from the workspace."""

OURS = frozenset(("run", "private", "handover", "out"))
"""Folders beside it that are no agent's."""

HOME = "home"
"""The agent's home, where its image has none. Its log-in lies there, so it is never taken as a whole, also not as a repository."""

_SMALL = 4096


class Seen(NamedTuple):
    """Files beside the first work tree, and what is left out of them. From the workspace: the folders that were looked at, and those of
    repositories in them.
    """

    files: tuple[Beside, ...] = ()
    left: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()


class Places:
    """One workspace. Paths are compared as text and opened part by part, so that none of their links is followed."""

    def __init__(self, workspace: Path) -> None:
        self._roots = dict.fromkeys((str(workspace), str(workspace.resolve())))

    def within(self, path: str, start: str) -> str:
        """A path, from the workspace; a relative one is told from `start` there. Empty for one that leads out of it, or to folders of ours."""
        for root in self._roots:
            # Not resolved: a link of the agent's would be followed.
            found = os.path.normpath(os.path.join(root, start, path))  # noqa: PTH118
            if found.startswith(f"{root}/"):
                place = found[len(root) + 1 :]
                return "" if place == HOME or place.partition("/")[0] in OURS else place
        return ""


def line(folder: Folder, name: str) -> str:
    """The one line of a small file, such as git writes; empty where there is none."""
    try:
        return os.fsdecode(folder.read(name, _SMALL)).rstrip("\n")
    except OSError:
        return ""
