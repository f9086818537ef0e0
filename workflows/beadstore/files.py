"""Where a repository keeps its beads: the file that the rig names, or the one that `bd` wrote before it was renamed."""

USUAL = ".beads/issues.jsonl"
OLDER = ".beads/beads.jsonl"
"""Its name in repositories of older `bd`."""


def places(path: str) -> tuple[str, ...]:
    """The files to look for, in order: one that was named is looked for alone."""
    return (USUAL, OLDER) if path == USUAL else (path,)
