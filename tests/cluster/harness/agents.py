"""The layer that makes a scripted agent's image of a released agent's."""

from harness import folders

from images.layers import stored
from images.oci import Layer
from images.tree import Tree, add

SCRIPTED = folders.TESTS / "agents" / "scripted-agent"

_HIDDEN = ("python3", "python3.13")
"""Interpreters that an agent's image need not have: ours must do with sh and git."""


def scripted() -> Layer:
    """An agent that runs the commands its prompt holds, and marks that hide Python from it."""
    program = SCRIPTED.read_bytes()

    def make() -> Tree:
        tree: Tree = {}
        add(tree, "usr/local/bin/scripted-agent", program, mode=0o755)
        for name in _HIDDEN:
            add(tree, f"usr/bin/.wh.{name}", b"")
        return tree

    return stored("scripted", f"{_HIDDEN} {program!r}", make)
