"""What the demo's beads are: a diamond, one that breaks down once, and two that change the same line."""

from typing import Any

RIG = "citadel"
CONVOY = "build-the-citadel"
BASE = "main"

FILES = {
    "README.md": "# The Citadel\n\nNothing stands here yet.\n",
    "road.txt": "A road without a name\n",
}
"""The repository before anybody worked on it."""

_BEADS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("demo-1", "Find water", "$ mkdir -p citadel && echo 'a deep well' > citadel/water.txt", ()),
    ("demo-2", "Build the pump", "$ echo 'pumps water up' > citadel/pump.txt", ("demo-1",)),
    ("demo-3", "Plant the garden", "$ echo 'green things' > citadel/garden.txt", ("demo-1",)),
    (
        "demo-4",
        "Water the garden with the pump",
        "$ cat citadel/pump.txt citadel/garden.txt > citadel/harvest.txt",
        ("demo-2", "demo-3"),
    ),
    ("demo-5", "Repair the war rig", "! break down once\n$ echo 'eight cylinders' > war-rig.txt", ()),
    ("demo-6", "Name the road Fury Road", "$ echo 'Fury Road' > road.txt", ()),
    ("demo-7", "Name the road Thunder Road", "$ echo 'Thunder Road' > road.txt", ()),
    (
        "demo-8",
        "Open the gates",
        "$ cat citadel/harvest.txt war-rig.txt road.txt > gates.txt",
        ("demo-4", "demo-5", "demo-6", "demo-7"),
    ),
)


def beads() -> list[dict[str, Any]]:
    """The beads as `bd` would write them, one JSON object a line."""
    return [
        {
            "id": bead,
            "title": title,
            "description": f"The scripted agent runs what follows a dollar sign:\n\n{task}",
            "status": "open",
            "priority": 2,
            "issue_type": "task",
            "created_at": "2026-01-01T00:00:00Z",
            "dependencies": [
                {
                    "issue_id": bead,
                    "depends_on_id": need,
                    "type": "blocks",
                    "created_at": "2026-01-01T00:00:00Z",
                }
                for need in needs
            ],
        }
        for bead, title, task, needs in _BEADS
    ]


def ids() -> list[str]:
    """The ids of all beads."""
    return [bead for bead, *_ in _BEADS]
