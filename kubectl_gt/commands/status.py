"""`status`."""

from collections.abc import Iterator

import click
from rich.text import Text

from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.durations import midnight
from kubectl_gt.show import console
from kubectl_gt.show.columns import dollars
from kubectl_gt.show.inbox.needs import of_town
from kubectl_gt.show.overview import Overview, overview
from kubectl_gt.town import Town
from workflows.clean import as_json, plain
from workflows.clock import utc_now

_STEP = "    → "
_SHOWN = 8
"""Needs that fit on a screen with the rest, the latest first."""


@click.command(cls=Verb, examples=("status", "status -o json"))
@click.option(
    "-o", "--output", type=click.Choice(("text", "json")), default="text", help="Form of the answer."
)
@with_town
def status(town: Town, output: str) -> None:
    """Show the whole town: what needs a person, what runs, what was merged today and what it cost."""
    convoys, polecats = town.convoys.all(), town.polecats.all()
    found = of_town(town, convoys, polecats, program=program_name())
    seen = overview(found, convoys, polecats, since=midnight(utc_now()))
    if output == "json":
        click.echo(as_json(seen.json()))
        return
    out = console.stdout()
    for line, style in told(seen, program=program_name()):
        # A step is there to be copied; what it is for is whole in `inbox`.
        if line.startswith(_STEP):
            console.say(line, style=style)
        else:
            out.print(Text(line, style=style), no_wrap=True, overflow="ellipsis")


def told(seen: Overview, *, program: str) -> Iterator[tuple[str, str]]:
    """The lines of a screen, with the style of each."""
    if seen.needs:
        verb = "needs" if len(seen.needs) == 1 else "need"
        yield f"{len(seen.needs)} {verb} you", "bold red"
        for need in seen.needs[:_SHOWN]:
            yield f"  ✗ {plain(need.what)}  {plain(need.why)}", "red"
            yield f"{_STEP}{plain(need.step)}", "dim"
        hidden = len(seen.needs) - _SHOWN
        if hidden > 0:
            yield f"  … and {hidden} more: `{program} inbox` lists them all", "red"
    if seen.running:
        yield f"{len(seen.running)} under way", "bold cyan"
        for each in seen.running:
            counts = ((each.working, "at work"), (each.queued, "queued"), (each.failed, "failed"))
            told = " · ".join(f"{number} {word}" for number, word in counts if number)
            cost = f"  {dollars(each.cost)}" if each.cost else ""
            name, words = plain(each.name), plain(each.description)
            yield f"  ▶ {name}  {each.done}/{each.total}  {told}{cost}  {words}", "cyan"
    if not (seen.needs or seen.running):
        yield "Nothing needs you, nothing runs.", ""
    cost = f", {dollars(seen.cost)}" if seen.cost else ""
    yield f"Today: {seen.merged} merged{cost}", "bold"
