"""Unpacks the wheels that an agent's lock names, beside the Python that they are for."""

from images import wheels
from images.agents.shape import Agent
from images.tree import Tree


def layer(agent: Agent, architecture: str) -> Tree:
    """An agent in Python. Raises Unresolved."""
    home = f"opt/{agent.name}"
    tree = wheels.unpacked(agent.lock, architecture=architecture, python=agent.python, folder=home)
    wheels.add_command(tree, agent.name, agent.entry, python=f"python{agent.python}", paths=[f"/{home}"])
    return tree
