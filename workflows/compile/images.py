"""The image that an agent runs in: one order, for the compiled Workflow and for the status that names it."""

from crds import AgentConfig, Convoy, Rig
from workflows.agents import Preset, chosen, presets
from workflows.compile.settings import CompileSettings


def image_of(
    name: str, config: AgentConfig | None, *, rig: Rig, settings: CompileSettings, preset: Preset | None
) -> str:
    """What the agent's own settings name, else the rig's backend, else the agent's preset, else the default of this agent."""
    named = (config.image if config else "") or rig.spec.pods.image or (preset.image if preset else "")
    return named or settings.agent_images.get(name) or settings.agent_image


def agent_image(convoy: Convoy, rig: Rig, settings: CompileSettings) -> str:
    """The image of the agent that works a convoy's beads."""
    name, config = chosen(convoy, rig)
    preset = presets(rig=rig.spec.agents).get(name)
    return image_of(name, config, rig=rig, settings=settings, preset=preset)
