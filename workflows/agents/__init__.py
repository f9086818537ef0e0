"""Coding agents as data: how each is started without a person, and how to read how it ended."""

from workflows.agents.choice import chosen
from workflows.agents.presets import Preset, presets
from workflows.agents.providers import Provider
from workflows.agents.resolve import key_variable, resolve

__all__ = ["Preset", "Provider", "chosen", "key_variable", "presets", "resolve"]
