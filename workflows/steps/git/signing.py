"""Merged commits are signed with the rig's ssh key, which only the container that pushes them has."""

from workflows.steps.git.command import Git

SIGNS = "GASTOWN_SIGNS"
"""Set in the environment of a git that has the key."""


def flags(git: Git) -> tuple[str, ...]:
    """What `commit-tree` has to be told. Containers without the key build the same trees under other names."""
    return ("-S",) if git.environment.get(SIGNS) else ()
