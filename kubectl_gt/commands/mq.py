"""`mq list`."""

import click

from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.show.columns import QUEUE, bare
from kubectl_gt.show.output import show_list
from kubectl_gt.town import Town
from workflows.observe import Stage, stage_of


@click.command("list", cls=Verb)
@click.argument("rig", required=False, shell_complete=names.rigs)
@options.output
@with_town
def list_(town: Town, rig: str | None, output: str) -> None:
    """List what is published and waits for the refinery, of one rig or of all: what is being merged first, then as it came."""
    polecats = town.polecats.all(bare(rig, "rig") if rig else None)
    queued = sorted(
        (polecat for polecat in polecats if stage_of(polecat.status) is Stage.MERGING),
        key=lambda each: (each.status.reason != "Merging", str(each.status.finished_at), each.spec.bead_id),
    )
    show_list(queued, QUEUE, output)
