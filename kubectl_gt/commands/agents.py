"""`agents list`."""

import shutil
from typing import NamedTuple

import click

from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.show.columns import bare
from kubectl_gt.show.output import Column, Form, show_list
from kubectl_gt.town import Town
from workflows.agents import Preset


class Agent(NamedTuple):
    """One agent under its name, with the program that was found for it here."""

    name: str
    preset: Preset
    program: str


AGENTS: Form[Agent] = Form(
    kind="agents",
    columns=(
        Column("NAME", lambda agent: agent.name),
        Column("COMMAND", lambda agent: agent.preset.command[0] if agent.preset.command else "(yours)"),
        Column("HERE", lambda agent: agent.program or "-"),
        Column("IMAGE", lambda agent: agent.preset.image, wide=True),
        Column("ARGUMENTS", lambda agent: " ".join(agent.preset.command[1:]), wide=True),
    ),
    name=lambda agent: agent.name,
    json=lambda agent: (
        {"name": agent.name, "program": agent.program}
        | agent.preset.model_dump(mode="json", exclude_defaults=True)
    ),
)


@click.command("list", cls=Verb, examples=("agents list", "agents list --rig app -o wide"))
@click.option("--rig", shell_complete=names.rigs, help="Also the agents that a rig describes.")
@options.output
@with_town
def list_(town: Town, rig: str | None, output: str) -> None:
    """List the agents that --agent can name, and where their program is on this machine."""
    found = town.agents(bare(rig, "rig") if rig else None)
    show_list(
        [Agent(name, preset, _program(preset)) for name, preset in sorted(found.items())], AGENTS, output
    )


def _program(preset: Preset) -> str:
    return (shutil.which(preset.command[0]) or "") if preset.command else ""
