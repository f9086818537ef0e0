"""`mq list`."""

from collections.abc import Sequence

import click

from crds import Convoy, Polecat
from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.show.columns import QUEUE, bare
from kubectl_gt.show.output import show_list
from kubectl_gt.show.queue import Priorities, in_merge_order, inline_priorities, queued
from kubectl_gt.town import Town
from workflows.clock import utc_now
from workflows.errors import WorkflowsError


@click.command("list", cls=Verb, examples=("mq list", "mq list app -o wide"))
@click.argument("rig", required=False, shell_complete=names.rigs)
@options.output
@with_town
def list_(town: Town, rig: str | None, output: str) -> None:
    """List what is published and waits for the refinery, of one rig or of all, in the order in which the refinery takes it."""
    waiting = queued(town.polecats.all(bare(rig, "rig") if rig else None))
    convoys = town.convoys.all() if waiting else ()
    priorities = _priorities(town, waiting, convoys)
    show_list(in_merge_order(waiting, convoys, priorities, now=utc_now()), QUEUE, output)


def _priorities(town: Town, waiting: Sequence[Polecat], convoys: Sequence[Convoy]) -> Priorities:
    """Of a rig's bead store only where two beads wait whose priority no convoy says: it may have to be fetched."""
    found = inline_priorities(convoys)
    unknown = [each.spec.rig for each in waiting if (each.spec.rig, each.spec.bead_id) not in found]
    for rig in sorted({each for each in unknown if sum(one.spec.rig == each for one in waiting) > 1}):
        try:
            found = {(rig, bead.id): bead.priority for bead in town.rigs.beads(rig).values()} | found
        except WorkflowsError as error:
            click.echo(f"Note: {error}. Its tracked beads are listed as of priority 2.", err=True)
    return found
