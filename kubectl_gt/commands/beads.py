"""`beads ready` and `beads show`."""

import click

from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.show import console
from kubectl_gt.show.columns import bare
from kubectl_gt.show.output import Column, Form, facts, show_list, show_one
from kubectl_gt.town import Town
from kubectl_gt.typed.conflicts import ready as ready_beads
from workflows.beads import Bead
from workflows.errors import Missing
from workflows.names import BeadId

BEADS: Form[Bead] = Form(
    kind="ready beads",
    columns=(
        Column("ID", lambda bead: bead.id),
        Column("PRI", lambda bead: f"P{bead.priority}"),
        Column("TYPE", lambda bead: bead.issue_type),
        Column("TITLE", lambda bead: bead.title),
        Column("STATUS", lambda bead: bead.status, wide=True),
        Column("LABELS", lambda bead: ",".join(bead.labels), wide=True),
        Column("WAITS-FOR", lambda bead: ",".join(bead.waits_for), wide=True),
    ),
    name=lambda bead: bead.id,
    json=lambda bead: bead.model_dump(mode="json", exclude_defaults=True) | {"status": bead.status},
)

rig_argument = click.argument("rig", required=False, shell_complete=names.rigs)


@click.command(cls=Verb)
@rig_argument
@options.output
@with_town
def ready(town: Town, rig: str | None, output: str) -> None:
    """List open beads whose dependencies are closed, the most urgent first, of one rig or of all."""
    show_list([bead for name in _rigs(town, rig) for bead in ready_beads(town, name)], BEADS, output)


@click.command(cls=Verb)
@click.argument("bead", shell_complete=names.beads)
@rig_argument
@options.output
@with_town
def show(town: Town, bead: str, rig: str | None, output: str) -> None:
    """Show one bead with its whole text."""
    rigs = _rigs(town, rig)
    for name in rigs:
        found = town.rigs.beads(name).get(BeadId(bead))
        if found:
            show_one(found, BEADS, output, picture=_picture)
            return
    where = f"rig {rigs[0]}" if len(rigs) == 1 else f"the {len(rigs)} rigs"
    raise Missing(f"bead {bead}: not found on {where}; see `{program_name()} beads ready`")


def _rigs(town: Town, rig: str | None) -> list[str]:
    return (
        [town.rigs.get(bare(rig, "rig")).metadata.name]
        if rig
        else [each.metadata.name for each in town.rigs.all()]
    )


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
    console.stdout().print(facts(pairs))
    sections = (
        ("", bead.description),
        ("Design", bead.design),
        ("Done when", bead.acceptance_criteria),
        ("Notes", bead.notes),
    )
    for title, text in sections:
        if text.strip():
            lines = (console.plain(line) if line.strip() else "" for line in text.strip().splitlines())
            click.echo("\n" + (f"{title}:\n" if title else "") + "\n".join(lines))
