"""The programs of agents, as their makers' packages bring them, pinned by locks with hashes."""

from images.agents import npm, pypi
from images.agents.npm import obtainable
from images.agents.shape import Agent, Part
from images.agents.table import AGENTS
from images.tree import Tree

__all__ = ["AGENTS", "Agent", "Part", "layer", "obtainable"]


def layer(agent: Agent, architecture: str) -> Tree:
    """An agent's program. Raises Unresolved and Changed."""
    return pypi.layer(agent, architecture) if agent.entry else npm.layer(agent, architecture)
