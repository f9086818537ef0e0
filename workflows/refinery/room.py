"""The folder in which the containers of one merge meet, and what lies in it."""

import contextlib
import os
from pathlib import Path

from workflows.steps.pod.environment import Pod
from workflows.steps.pod.private import remove_tree

PLAN, FINDING, PULSE = "plan.json", "finding.json", "pulse"
"""What the gates are to try, what they found, and a file that they touch while they live."""


def room_of(workspace: Path) -> Path:
    """Where it is."""
    return workspace / "merge"


def make_way(file: Path) -> None:
    """Let a file of ours be written where a gate put something else, or closed the folder to us: it is our user."""
    if not os.access(file.parent, os.W_OK | os.X_OK):
        with contextlib.suppress(OSError):
            file.parent.chmod(0o770)
    if file.is_dir() and not file.is_symlink():
        remove_tree(file)
    else:
        file.unlink(missing_ok=True)


def fresh(pod: Pod) -> Path:
    """The folder, empty."""
    room = room_of(pod.workspace)
    remove_tree(room)
    room.mkdir(parents=True)
    return room
