"""What stands in the merge queues of a town, and which entry is meant by what was typed."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import click

from crds import Convoy, Polecat
from kubectl_gt.cli.command import program_name
from kubectl_gt.show.columns import bare
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
from workflows.errors import Missing, Refused, Unavailable, WorkflowsError
from workflows.local.repositories.queues import queues
from workflows.refinery.queue.standing import TargetQueue

_AT_ONCE = 8
"""Repositories that are asked at the same time: most of it is waiting for their answers."""

Read = Mapping[str, tuple[TargetQueue, ...]]


def read_queues(town: Town, rig: str | None) -> Read:
    """The queues of one rig or of all, of those whose repository answers; a note names the others."""
    rigs = [town.rigs.get(bare(rig, "rig"))] if rig else town.rigs.all()
    return _read({each.metadata.name: each.spec.git_url for each in rigs})


def entries(town: Town, rig: str | None, read: Read) -> list[Waiting]:
    """Their entries, each queue in its order. Where a repository can't be read, the list is what Polecats tell."""
    polecats = town.polecats.all(bare(rig, "rig") if rig else None)
    now = utc_now()
    found: list[Waiting] = []
    for name, there in read.items():
        own = [each for each in polecats if each.spec.rig == name]
        found += standing(name, there, own, now=now)
    unread = queued(each for each in polecats if each.spec.rig not in read)
    if unread:
        convoys = town.convoys.all()
        found += as_polecats_tell(unread, convoys, _priorities(town, unread, convoys), now=now)
    return sorted(found, key=lambda each: each.rig)


def find_entry(town: Town, name: str) -> Waiting:
    """The entry of a bead, a polecat's name or `<rig>/<either>`. Raises Missing, and Refused where several are meant."""
    typed = bare(bare(name, "bead"), "polecat")
    rig, slash, rest = typed.rpartition("/")
    there = entries(town, rig or None, read_queues(town, rig or None))
    found = [each for each in there if (rest if slash else typed) in (each.bead, each.polecat)]
    if not found:
        raise Missing(
            f"{typed}: it does not stand in a merge queue; see `{program_name()} mq list` for what does"
        )
    if found[1:]:
        told = ", ".join(sorted({f"{each.rig}/{each.bead} for {each.target}" for each in found}))
        raise Refused(f"{typed}: several entries are called so ({told}); name one as <rig>/<bead>")
    return found[0]


def _read(rigs: Mapping[str, str]) -> Read:
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
