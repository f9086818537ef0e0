"""`agents list` and `agents show`."""

import shlex
import shutil
from typing import NamedTuple

import click

from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.show.columns import bare
from kubectl_gt.show.output import Column, Form, print_facts, show_list, show_one
from kubectl_gt.town import Town
from workflows.agents import Preset, Provider
from workflows.hints import not_found


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
        Column("PROVIDERS", lambda agent: ", ".join(_providers(agent.preset))),
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


@click.command("show", cls=Verb, examples=("agents show codex", "agents show gemini -o json"))
@click.argument("name", shell_complete=names.agents)
@click.option("--rig", shell_complete=names.rigs, help="Also the agents that a rig describes.")
@options.output
@with_town
def show(town: Town, name: str, rig: str | None, output: str) -> None:
    """Show one agent: its command, how it is given a model by each provider, and what is never committed of it."""
    found = town.agents(bare(rig, "rig") if rig else None)
    if name not in found:
        raise not_found("agent", name, sorted(found), otherwise="describe it in agents.toml")
    show_one(Agent(name, found[name], _program(found[name])), AGENTS, output, picture=_picture)


def _picture(agent: Agent) -> None:
    preset = agent.preset
    pairs = [
        ("Name", agent.name),
        ("Program here", agent.program or "not found"),
        ("Command", shlex.join(preset.command)),
        ("Resumed by", shlex.join(preset.resume)),
        ("Key", preset.key_variable),
        ("Silent for at most", f"{preset.idle} s" if preset.idle else ""),
        ("Never committed", ", ".join(preset.droppings)),
        *((f"Provider {name}", _way(row)) for name, row in sorted(preset.providers.items())),
    ]
    print_facts(pairs)


def _way(row: Provider) -> str:
    """How an agent is given the models of one provider, or why it can't be."""
    if row.refused:
        return f"no: {row.refused}"
    carrier = next((name for name, value in row.environment.items() if value == "{endpoint}"), "its options")
    named = f", model {row.model}" if row.model != "{model}" else ""
    return f"{carrier}: {{endpoint}}{row.path}{named}{', needs a model' if row.needs_model else ''}"


def _providers(preset: Preset) -> list[str]:
    return sorted(name for name, row in preset.providers.items() if not row.refused)


def _program(preset: Preset) -> str:
    return (shutil.which(preset.command[0]) or "") if preset.command else ""
