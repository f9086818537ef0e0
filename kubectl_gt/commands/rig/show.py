"""`rig list`, `rig status` and `rig delete`."""

import click

from crds import Rig
from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.show.columns import RIGS, age, bare
from kubectl_gt.show.output import print_facts, show_list, show_one
from kubectl_gt.town import Town

named = click.argument("name", shell_complete=names.rigs)


@click.command("list", cls=Verb, examples=("rig list", "rig list -o wide"))
@options.output
@with_town
def list_(town: Town, output: str) -> None:
    """List the rigs."""
    show_list(town.rigs.all(), RIGS, output)


@click.command(cls=Verb, examples=("rig status app", "rig status app -o yaml"))
@named
@options.output
@with_town
def status(town: Town, name: str, output: str) -> None:
    """Show one rig."""
    show_one(town.rigs.get(bare(name, "rig")), RIGS, output, picture=_picture)


@click.command(cls=Verb, examples=("rig delete app",))
@named
@with_town
def delete(town: Town, name: str) -> None:
    """Forget a rig. Its repository and its branches stay as they are."""
    rig = bare(name, "rig")
    town.rigs.delete(rig)
    click.echo(f"rig/{rig} deleted")


def _picture(rig: Rig) -> None:
    spec, state = rig.spec, rig.status
    pairs = [
        ("Name", rig.metadata.name),
        ("Prefix", spec.beads_prefix),
        ("Git URL", spec.git_url),
        ("Base branch", spec.base_branch),
        ("Agent", spec.agent),
        ("Gates", ", ".join(f"{gate.name} ({gate.command})" for gate in spec.gates)),
        ("Phase", state.phase),
        ("Polecats", f"{state.polecat_count} of {spec.settings.max_polecats} at work"),
        ("Active convoys", str(state.active_convoys)),
        ("Age", age(rig)),
        *((f"  {each.type}", f"{each.status} ({each.reason}) {each.message}") for each in state.conditions),
    ]
    print_facts(pairs)
