"""`inbox`."""

import dataclasses

import click

from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.show import console
from kubectl_gt.show.inbox.needs import of_town
from kubectl_gt.town import Town
from workflows.clean import as_json, plain


@click.command(cls=Verb, examples=("inbox", "inbox -o json"))
@click.option(
    "-o", "--output", type=click.Choice(("text", "json")), default="text", help="Form of the answer."
)
@with_town
def inbox(town: Town, output: str) -> None:
    """List everything that waits for a person, whole, each with the step that lets it go on."""
    found = of_town(town, town.convoys.all(), town.polecats.all(), program=program_name())
    if output == "json":
        click.echo(as_json([dataclasses.asdict(each) for each in found]))
        return
    for each in found:
        title = f" ({each.title})" if each.title else ""
        console.say(plain(f"✗ {each.what}{title}"))
        console.say(f"    {plain(each.why)}")
        console.say(f"  → {plain(each.step)}")
    if not found:
        click.echo("Nothing waits for you.")
