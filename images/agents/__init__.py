"""The programs of agents, as their makers' packages bring them, pinned by locks with hashes."""

from images.agents.npm import layer, obtainable
from images.agents.shape import Agent, Part
from images.agents.table import AGENTS

__all__ = ["AGENTS", "Agent", "Part", "layer", "obtainable"]
