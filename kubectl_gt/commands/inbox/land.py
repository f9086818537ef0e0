"""`land` and `reject`."""

from collections.abc import Iterable

import click

from crds import BeadAnswer, Polecat
from kubectl_gt.cli import names
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.exits import Exit
from kubectl_gt.show import watching
from kubectl_gt.show.columns import bare
from kubectl_gt.town import Town
from kubectl_gt.typed.polecats import find
from workflows.errors import Missing, Refused
from workflows.labels import CONVOY
from workflows.observe.reasons import HELD


@click.command(cls=Verb, examples=("land app-42", "land passkeys --wait"))
@click.argument("name", metavar="BEAD|[RIG/]NAME|CONVOY", shell_complete=names.polecats)
@click.option("--wait", is_flag=True, help="Show its convoy until it ends, or holds what comes next.")
@with_town
def land(town: Town, name: str, *, wait: bool) -> Exit:
    """Let held work into the target, of one bead or of a whole convoy: through the queue and the gates, without an agent.

    What depends on it starts after that. Where the target has changed so that it conflicts, an agent resolves it, and it is held again.
    While some of the convoy are at work, it waits until those have ended.
    """
    convoy, beads = _held(town, name)
    town.convoys.land(convoy, beads)
    click.echo(f"convoy/{convoy} lands {', '.join(beads)}")
    return watching.watch(town, convoy, timeout=None, program=program_name()) if wait else Exit.OK


@click.command(cls=Verb, examples=("reject app-42 -m 'The name is taken; call it Purse'",))
@click.argument("name", metavar="BEAD|[RIG/]NAME", shell_complete=names.polecats)
@click.option("-m", "--message", required=True, help="What is wrong with it; the agent reads it.")
@with_town
def reject(town: Town, name: str, message: str) -> None:
    """Send held work back to its agent, which goes on from the branch and reads your words. What it makes of it is held again."""
    if not message.strip():
        raise click.UsageError("the message is empty; say what is wrong")
    polecat = find(town, name)
    if polecat.status.reason != HELD:
        raise _nothing(name)
    words = BeadAnswer(
        bead=polecat.spec.bead_id,
        rejects=polecat.status.commit,
        question="It was looked at, and not taken.",
        words=message.strip(),
    )
    town.convoys.answer(polecat.metadata.labels[CONVOY], words)
    click.echo(f"polecat/{polecat.metadata.name} goes on with your words")


def _held(town: Town, name: str) -> tuple[str, list[str]]:
    """The convoy, and its beads that are meant. A bead's name goes before a convoy's: of one bead both have the same."""
    try:
        polecat = find(town, name)
    except Missing:
        convoy = town.convoys.get(bare(name, "convoy")).metadata.name
        beads = _beads(town.polecats.of_convoy(convoy))
    else:
        convoy, beads = polecat.metadata.labels.get(CONVOY, ""), _beads([polecat])
    if not beads:
        raise _nothing(name)
    return convoy, beads


def _beads(polecats: Iterable[Polecat]) -> list[str]:
    return [each.spec.bead_id for each in polecats if each.status.reason == HELD]


def _nothing(name: str) -> Refused:
    return Refused(f"{name}: nothing of it is held; see `{program_name()} inbox` for what waits for you")
