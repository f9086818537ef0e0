"""`mq retry` and `mq reject`."""

import click

from crds import BeadAnswer, Polecat
from kubectl_gt.cli import names
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.exits import Exit
from kubectl_gt.show import watching
from kubectl_gt.show.queue import Waiting
from kubectl_gt.show.snapshot import of_polecat
from kubectl_gt.town import Town
from kubectl_gt.typed.entries import find_entry
from kubectl_gt.typed.polecats import find
from workflows.errors import Refused
from workflows.labels import CONVOY
from workflows.local.repositories.queues import take_out
from workflows.observe import Stage, refused_by_queue, stage_of
from workflows.observe.reasons import HELD
from workflows.refinery.queue.standing import Standing

entry = click.argument("entry", metavar="[RIG/]BEAD", shell_complete=names.polecats)


@click.command(cls=Verb, examples=("mq retry app-42", "mq retry app-42 --wait"))
@entry
@click.option("--wait", is_flag=True, help="Show its convoy until it ends.")
@with_town
def retry(town: Town, entry: str, *, wait: bool) -> Exit:
    """Queue work again that gates, a conflict or the server refused, without an agent: something else may have been wrong, and is mended.

    Only where it conflicts now, an agent resolves it; what `mq submit` or `revert` queued is left to you in any case. What depends on it starts after it is merged. While some of the convoy are at
    work, it waits until those have ended.
    """
    polecat = find(town, entry)
    convoy, bead = _refused(polecat), polecat.spec.bead_id
    town.convoys.land(convoy, [bead])
    click.echo(f"convoy/{convoy} merges {bead} again")
    return watching.watch(town, convoy, timeout=None, program=program_name()) if wait else Exit.OK


@click.command(
    cls=Verb, examples=("mq reject app-42 -m 'Keep the old name'", "mq reject app-42 --end -m 'Not needed'")
)
@entry
@click.option("-m", "--message", default="", help="What is wrong with it; the agent reads it.")
@click.option("--end", is_flag=True, help="Nobody works it again; its work stays in the repository.")
@with_town
def reject(town: Town, entry: str, message: str, *, end: bool) -> None:
    """Take work out of the merge queue that was refused or is held: back to its agent with your words, or for good with --end.

    The entry is taken out with your own git. Work whose branch is gone or has moved on is kept below refs/gastown/kept.
    """
    if end:
        _end(town, find_entry(town, entry))
        return
    if not message.strip():
        raise click.UsageError("say with -m what is wrong, or end it with --end")
    polecat = find(town, entry)
    convoy = polecat.metadata.labels.get(CONVOY, "") if polecat.status.reason == HELD else _refused(polecat)
    [row] = of_polecat(polecat).rows
    words = BeadAnswer(
        bead=polecat.spec.bead_id, rejects=polecat.status.commit, question=row.why, words=message.strip()
    )
    town.convoys.answer(convoy, words)
    click.echo(f"polecat/{polecat.metadata.name} goes on with your words")


def _end(town: Town, found: Waiting) -> None:
    program = program_name()
    if found.polecat:
        status = town.polecats.get(found.polecat, rig=found.rig).status
        if status.reason == HELD:
            raise Refused(
                f"bead {found.bead}: it is held, and merged only when you land it; send it back with "
                f"`{program} reject {found.bead} -m 'WORDS'`, or forget it with `{program} convoy delete {found.convoy}`"
            )
        if stage_of(status) is not Stage.FAILED:
            raise Refused(
                f"bead {found.bead}: it is {found.status}; stop it first with `{program} convoy stop {found.convoy}`"
            )
    if not found.tag:
        raise Refused(
            f"bead {found.bead}: the repository of rig {found.rig} has no entry of it that your git can read"
        )
    if found.status == Standing.MERGING:
        raise Refused(f"bead {found.bead}: it is being merged just now; try again when that has ended")
    kept = take_out(town.rigs.get(found.rig).spec.git_url, found.target, found.bead, tag=found.tag)
    click.echo(f"bead/{found.bead} is out of the queue; its work is {kept}")


def _refused(polecat: Polecat) -> str:
    """The convoy of a bead that ended in its merge. Raises Refused for any other."""
    status, bead = polecat.status, polecat.spec.bead_id
    convoy = polecat.metadata.labels.get(CONVOY, "")
    if not refused_by_queue(status):
        raise Refused(
            f"bead {bead}: the merge queue has not refused it, it is {status.phase} ({status.reason}); "
            f"see `{program_name()} mq list`"
        )
    if not convoy:
        raise Refused(
            f"bead {bead}: it was slung without a convoy; sling it again, it goes on from its branch"
        )
    return convoy
