"""`mq list` and `mq status`."""

import click

from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.show.columns import QUEUE, QUEUES, moment
from kubectl_gt.show.output import print_facts, show_list, show_one
from kubectl_gt.show.queue import Waiting, summaries
from kubectl_gt.town import Town
from kubectl_gt.typed.entries import entries, find_entry, read_queues
from workflows.clock import utc_now
from workflows.observe import refused_by_queue
from workflows.observe.reasons import HELD


@click.command("list", cls=Verb, examples=("mq list", "mq list app -o wide"))
@click.argument("rig", required=False, shell_complete=names.rigs)
@options.output
@with_town
def list_(town: Town, rig: str | None, output: str) -> None:
    """List what waits to be merged, of one rig or of all, in the order in which the refinery takes it, and why each waits.

    The queue stands in the rig's repository, and is read with your own git. Where that may not read it, the list is what Polecats tell.
    """
    show_list(entries(town, rig, read_queues(town, rig)), QUEUE, output)


@click.command(cls=Verb, examples=("mq status", "mq status app-42", "mq status app/app-42 -o json"))
@click.argument("entry", required=False, metavar="[RIG/]BEAD", shell_complete=names.polecats)
@options.output
@with_town
def status(town: Town, entry: str | None, output: str) -> None:
    """Show one entry of the merge queue with what it waits for and the next step, or without one how each queue stands."""
    if entry is None:
        show_list(summaries(read_queues(town, None), now=utc_now()), QUEUES, output)
        return
    found = find_entry(town, entry)
    show_one(found, QUEUE, output, picture=lambda each: print_facts(_facts(each, _step(town, each))))


def _facts(entry: Waiting, step: str) -> list[tuple[str, str]]:
    return [
        ("Bead", entry.bead),
        ("Title", entry.title),
        ("Author", entry.author),
        ("Status", entry.status),
        ("Why", entry.why),
        ("Rig", entry.rig),
        ("Target", entry.target),
        ("Position", str(entry.position)),
        ("Priority", "" if entry.priority is None else f"P{entry.priority}"),
        ("Convoy", entry.convoy),
        ("Polecat", entry.polecat),
        ("Branch", entry.branch),
        ("Commit", entry.commit),
        ("Published", moment(entry.published)),
        ("Red gates", str(entry.retries or "")),
        ("Conflicts", str(entry.rounds or "")),
        ("Next", step),
    ]


def _step(town: Town, entry: Waiting) -> str:
    """What a person can do about it."""
    program, bead = program_name(), entry.bead
    polecat = town.polecats.get(entry.polecat, rig=entry.rig) if entry.polecat else None
    if polecat is not None and polecat.status.reason == HELD:
        return f"`{program} land {bead}` or `{program} reject {bead} -m 'WORDS'`"
    if polecat is not None and refused_by_queue(polecat.status):
        return f"`{program} mq retry {bead}` or `{program} mq reject {bead} -m 'WORDS'`"
    if polecat is None:
        return f"its convoy is of another town; `{program} mq reject {bead} --end` takes it out"
    return ""
