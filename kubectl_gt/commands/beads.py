"""`beads ready` and `beads show`."""

from collections.abc import Callable
from typing import TypeVar

import click

from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.exits import Exit
from kubectl_gt.show import console
from kubectl_gt.show.columns import bare
from kubectl_gt.show.output import Column, Form, print_facts, show_list, show_one
from kubectl_gt.town import Town
from kubectl_gt.typed.conflicts import ready as ready_beads
from workflows.beads import Bead
from workflows.clean import plain
from workflows.errors import BeadsUnreadable, Unavailable
from workflows.hints import not_found
from workflows.names import BeadId

T = TypeVar("T")

BEADS: Form[Bead] = Form(
    kind="ready beads",
    columns=(
        Column("ID", lambda bead: bead.id),
        Column("PRI", lambda bead: f"P{bead.priority}"),
        Column("TYPE", lambda bead: bead.issue_type),
        Column("TITLE", lambda bead: bead.title, cut=True),
        Column("STATUS", lambda bead: bead.status, wide=True),
        Column("LABELS", lambda bead: ",".join(bead.labels), wide=True),
        Column("WAITS-FOR", lambda bead: ",".join(bead.waits_for), wide=True),
    ),
    name=lambda bead: bead.id,
    json=lambda bead: bead.model_dump(mode="json", exclude_defaults=True) | {"status": bead.status},
)

rig_argument = click.argument("rig", required=False, shell_complete=names.rigs)


@click.command(cls=Verb, examples=("beads ready", "beads ready app -o json"))
@rig_argument
@options.output
@with_town
def ready(town: Town, rig: str | None, output: str) -> Exit:
    """List open beads whose dependencies are closed, the most urgent first, of one rig or of all.

    A rig that does not answer is told, and hides nothing of the others.
    """
    found, unread = _asked(town, rig, lambda name: ready_beads(town, name))
    show_list([bead for beads in found for bead in beads], BEADS, output)
    return Exit.UNAVAILABLE if unread else Exit.OK


@click.command(cls=Verb, examples=("beads show app-42",))
@click.argument("bead", shell_complete=names.beads)
@rig_argument
@options.output
@with_town
def show(town: Town, bead: str, rig: str | None, output: str) -> None:
    """Show one bead with its whole text."""
    known, unread = _asked(town, rig, town.rigs.beads)
    for beads in known:
        found = beads.get(BeadId(bead))
        if found:
            show_one(found, BEADS, output, picture=_picture)
            return
    if unread:
        raise Unavailable(
            f"bead {bead}: not found so far, since {', '.join(unread)} did not answer; mend that first"
        )
    rigs = [rig] if rig else [each.metadata.name for each in town.rigs.all()]
    where = f" on rig {rigs[0]}" if len(rigs) == 1 else f" on the {len(rigs)} rigs"
    raise not_found(
        "bead", bead, [each for beads in known for each in beads], where=where, otherwise="no rig has any"
    )


def _asked(town: Town, rig: str | None, ask: Callable[[str], T]) -> tuple[list[T], list[str]]:
    """The answers of one rig or of all, and the rigs that gave none: of several, one that is away hides nothing of the others."""
    if rig:
        return [ask(town.rigs.get(bare(rig, "rig")).metadata.name)], []
    answers: list[T] = []
    unread: list[str] = []
    for each in town.rigs.all():
        try:
            answers.append(ask(each.metadata.name))
        except (Unavailable, BeadsUnreadable) as error:
            unread.append(each.metadata.name)
            console.stderr().print(plain(f"warning: rig {each.metadata.name}: {error}"))
    return answers, unread


def _picture(bead: Bead) -> None:
    pairs = [
        ("Bead", bead.id),
        ("Title", bead.title),
        ("Status", bead.status),
        ("Priority", f"P{bead.priority}"),
        ("Type", bead.issue_type),
        ("Labels", ", ".join(bead.labels)),
        ("Assignee", bead.assignee),
        ("Waits for", ", ".join(bead.waits_for)),
    ]
    print_facts(pairs)
    sections = (
        ("", bead.description),
        ("Design", bead.design),
        ("Done when", bead.acceptance_criteria),
        ("Notes", bead.notes),
    )
    for title, text in sections:
        if text.strip():
            lines = (plain(line) if line.strip() else "" for line in text.strip().splitlines())
            click.echo("\n" + (f"{title}:\n" if title else "") + "\n".join(lines))
