"""The folder in which the containers of one merge meet, and what lies in it."""

from pathlib import Path

from workflows.steps.pod.environment import Pod
from workflows.steps.pod.private import remove_tree

PLAN, FINDING, PULSE = "plan.json", "finding.json", "pulse"
"""What the gates are to try, what they found, and a file that they touch while they live."""


def room_of(workspace: Path) -> Path:
    """Where it is."""
    return workspace / "merge"


def fresh(pod: Pod) -> Path:
    """The folder, empty."""
    room = room_of(pod.workspace)
    remove_tree(room)
    room.mkdir(parents=True)
    return room
