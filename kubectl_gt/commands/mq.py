"""`mq list`."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import click

from crds import Convoy, Polecat
from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.show.columns import QUEUE, bare
from kubectl_gt.show.output import show_list
from kubectl_gt.show.queue import (
    Priorities,
    Waiting,
    as_polecats_tell,
    inline_priorities,
    queued,
    standing,
)
from kubectl_gt.town import Town
from workflows.clean import plain
from workflows.clock import utc_now
from workflows.errors import Unavailable, WorkflowsError
from workflows.local.repositories.queues import queues
from workflows.refinery.standing import TargetQueue

_AT_ONCE = 8
"""Repositories that are asked at the same time: most of it is waiting for their answers."""


@click.command("list", cls=Verb, examples=("mq list", "mq list app -o wide"))
@click.argument("rig", required=False, shell_complete=names.rigs)
@options.output
@with_town
def list_(town: Town, rig: str | None, output: str) -> None:
    """List what waits to be merged, of one rig or of all, in the order in which the refinery takes it, and why each waits.

    The queue stands in the rig's repository, and is read with your own git. Where that may not read it, the list is what Polecats tell.
    """
    wanted = bare(rig, "rig") if rig else None
    polecats = town.polecats.all(wanted)
    rigs = [town.rigs.get(wanted)] if wanted else town.rigs.all()
    read = _read({each.metadata.name: each.spec.git_url for each in rigs})
    now = utc_now()
    found: list[Waiting] = []
    for name, there in read.items():
        own = [each for each in polecats if each.spec.rig == name]
        found += standing(name, there, own, now=now)
    unread = queued(each for each in polecats if each.spec.rig not in read)
    if unread:
        convoys = town.convoys.all()
        found += as_polecats_tell(unread, convoys, _priorities(town, unread, convoys), now=now)
    show_list(sorted(found, key=lambda each: each.rig), QUEUE, output)


def _read(rigs: Mapping[str, str]) -> Mapping[str, tuple[TargetQueue, ...]]:
    """The queues of the rigs whose repository answers; the others are told of."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = dict(zip(rigs, pool.map(_asked, rigs.values()), strict=True))
    for rig, answer in answers.items():
        if isinstance(answer, Unavailable):
            click.echo(
                f"Note: {plain(str(answer))}. The queue of rig {rig} is listed as its Polecats tell of it.",
                err=True,
            )
    return {rig: answer for rig, answer in answers.items() if not isinstance(answer, Unavailable)}


def _asked(url: str) -> tuple[TargetQueue, ...] | Unavailable:
    try:
        return queues(url)
    except Unavailable as error:
        return error


def _priorities(town: Town, waiting: Sequence[Polecat], convoys: Sequence[Convoy]) -> Priorities:
    """Of a rig's bead store only where two beads wait whose priority no convoy says: it may have to be fetched."""
    found = inline_priorities(convoys)
    unknown = [each.spec.rig for each in waiting if (each.spec.rig, each.spec.bead_id) not in found]
    for rig in sorted({each for each in unknown if sum(one.spec.rig == each for one in waiting) > 1}):
        try:
            found = {(rig, bead.id): bead.priority for bead in town.rigs.beads(rig).values()} | found
        except WorkflowsError as error:
            click.echo(f"Note: {plain(str(error))}. Its tracked beads are listed as of priority 2.", err=True)
    return found
