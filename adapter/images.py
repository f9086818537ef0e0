"""The image that an agent runs in, by the same order in which the compiled Workflow chooses it."""

from crds import Convoy, Rig
from workflows.agents import chosen, presets
from workflows.compile import CompileSettings


def agent_image(convoy: Convoy, rig: Rig, settings: CompileSettings) -> str:
    """What the convoy's or the rig's settings name, else what the agent's preset does, else the default."""
    name, config = chosen(convoy, rig)
    if config and config.image:
        return config.image
    preset = presets(rig=rig.spec.agents).get(name)
    return (preset.image if preset else "") or settings.agent_image
