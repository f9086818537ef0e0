"""`costs`."""

import datetime

import click

from kubectl_gt.cli import options
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.durations import Duration, midnight
from kubectl_gt.show.columns import dollars
from kubectl_gt.show.output import Column, Form, show_list
from kubectl_gt.town import Town
from workflows.clock import utc_now
from workflows.convoys.spending import BY, Spending, spending, total

COSTS: Form[Spending] = Form(
    kind="costs",
    columns=(
        Column("NAME", lambda each: each.name or "-"),
        Column("BEADS", lambda each: str(each.beads)),
        Column("TOKENS", lambda each: "" if each.tokens is None else f"{each.tokens:,}"),
        Column("COST", lambda each: dollars(each.cost)),
        Column("UNTOLD", lambda each: str(each.silent or "")),
    ),
    name=lambda each: each.name,
    json=lambda each: {
        "name": each.name,
        "beads": each.beads,
        "tokens": each.tokens,
        "costUSD": each.cost,
        "untold": each.silent,
    },
)


@click.command(
    cls=Verb, examples=("costs --today", "costs --since 168h --by agent", "costs --by rig -o json")
)
@click.option("--today", is_flag=True, help="Only beads that were worked since midnight, by your clock.")
@click.option("--since", type=Duration(), help="Only beads that were worked in this time, such as 24h.")
@click.option("--by", type=click.Choice((*BY,)), default="convoy", show_default=True, help="What to sum up.")
@options.output
@with_town
def costs(town: Town, *, today: bool, since: float | None, by: str, output: str) -> None:
    """Show what agents spent, the dearest first. UNTOLD counts beads whose agent tells no cost; they are in no sum of dollars."""
    if today and since:
        raise click.UsageError("--today and --since exclude each other; give one of them")
    found = spending(town.polecats.all(), BY[by], since=_from(since, today=today))
    rows = [*found, total(found)] if len(found) > 1 and output in ("table", "wide") else found
    show_list(rows, COSTS, output)


def _from(since: float | None, *, today: bool) -> datetime.datetime | None:
    now = utc_now()
    if today:
        return midnight(now)
    return now - datetime.timedelta(seconds=since) if since else None
