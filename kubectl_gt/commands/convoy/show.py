"""`convoy list`, `convoy status` and `convoy graph`."""

from typing import Unpack

import click
from rich.text import Text

from crds import Convoy
from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.commands.convoy.report import of_convoy, show_page
from kubectl_gt.report import page
from kubectl_gt.show import console, listing, table, watching
from kubectl_gt.show import graph as graphs
from kubectl_gt.show import snapshot as snapshots
from kubectl_gt.show.columns import CONVOYS, bare
from kubectl_gt.show.listing import Filter
from kubectl_gt.show.output import print_facts, show_one
from kubectl_gt.show.snapshot import STYLES, Outcome
from kubectl_gt.show.verdict import failures
from kubectl_gt.town import Town
from workflows.clock import utc_now

named = click.argument("name", shell_complete=names.convoys)


@click.command(
    "list", cls=Verb, examples=("convoy list", "convoy list --rig app --active -w", "convoy list -o json")
)
@options.of_rig
@options.listed("Pending", "InProgress", "Complete", "Failed")
@options.output
@with_town
def list_(town: Town, rig: str | None, output: str, **given: Unpack[Filter]) -> None:
    """List the convoys, the newest first."""
    known = town.rigs.get(bare(rig, "rig")).metadata.name if rig else None

    def ask() -> list[Convoy]:
        return [each for each in town.convoys.all() if known in (None, each.spec.rig_ref)]

    listing.show(ask, CONVOYS, output, given, pause=town.pause)


@click.command(cls=Verb, examples=("convoy status passkeys", "convoy status passkeys -o yaml"))
@named
@options.output
@with_town
def status(town: Town, name: str, output: str) -> None:
    """Show one convoy: how far it is, and what each of its beads does or waits for."""

    def picture(convoy: Convoy) -> None:
        seen = watching.snapshot(town, convoy.metadata.name)
        out = console.stdout()
        out.print(table.picture(seen, utc_now(), width=out.width if out.is_terminal else None))
        stalled = town.stalled(convoy) if seen.outcome is Outcome.OPEN else ""
        spec = convoy.spec
        pairs = [
            ("Description", spec.description),
            ("Rig", spec.rig_ref),
            (
                "Workflows",
                ", ".join(f"{train.workflow} {train.phase}".strip() for train in convoy.status.trains),
            ),
            ("Attempt", str(spec.attempt + 1) if spec.attempt else ""),
            (
                "Note",
                f"{stalled}; go on with `{program_name()} convoy resume {convoy.metadata.name}`"
                if stalled
                else "",
            ),
        ]
        print_facts(pairs)
        if seen.outcome is Outcome.BAD:
            click.echo()
            for line in failures(town, seen, program_name()):
                console.say(line)

    show_one(town.convoys.get(bare(name, "convoy")), CONVOYS, output, picture=picture)


@click.command(cls=Verb, examples=("convoy graph passkeys", "convoy graph passkeys -o mermaid"))
@named
@click.option(
    "-o",
    "--output",
    type=click.Choice(("text", "html", *graphs.FORMS)),
    default="text",
    help="Form of the drawing.",
)
@click.option("--open", "browse", is_flag=True, help="Open the page of the report in a browser.")
@with_town
def graph(town: Town, name: str, *, output: str, browse: bool) -> None:
    """Draw the graph of a convoy's beads, each with its state; as html the page of `convoy report`, which holds it."""
    if browse or output == "html":
        text = page.render(of_convoy(town, bare(name, "convoy")))
        if browse:
            show_page(text)
        else:
            click.echo(text, nl=False)
        return
    convoy = town.convoys.get(bare(name, "convoy"))
    vertices, polecats = town.graph(convoy), town.polecats.of_convoy(convoy.metadata.name)
    drawn = graphs.Graph.of(vertices, snapshots.of_convoy(convoy, polecats, snapshots.titles_of(vertices)))
    if output in graphs.FORMS:
        for line in graphs.FORMS[output](drawn):
            click.echo(line)
        return
    out, lines = console.stdout(), graphs.text(drawn)
    if not out.is_terminal:
        click.echo("\n".join(line.whole for line in lines))
        return
    rows = (Text(line.fitting(out.width), style=STYLES[line.stage]) for line in lines)
    out.print(Text("\n").join(rows), soft_wrap=True)
