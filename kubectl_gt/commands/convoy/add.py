"""`convoy add`."""

import click

from kubectl_gt.cli import names
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.show.columns import bare
from kubectl_gt.town import Town
from kubectl_gt.typed.conflicts import refuse_carried
from kubectl_gt.typed.target import check_beads


@click.command(cls=Verb, examples=("convoy add passkeys app-45 app-46",))
@click.argument("name", shell_complete=names.convoys)
@click.argument("beads", nargs=-1, required=True, shell_complete=names.beads)
@with_town
def add(town: Town, name: str, beads: tuple[str, ...]) -> None:
    """Add beads to a convoy that has not ended.

    They start beside what runs, each after what it depends on; with --max when the Workflows before theirs have ended. What the convoy
    carries already is left as it is.
    """
    program, known = program_name(), bare(name, "convoy")
    convoy = town.convoys.get(known)
    check_beads(beads, instead=f"{program} sling --text {{}} {convoy.spec.rig_ref}")
    fresh = [bead for bead in dict.fromkeys(beads) if bead not in convoy.spec.bead_ids]
    if not fresh:
        click.echo(f"convoy/{known} unchanged: it carries {', '.join(dict.fromkeys(beads))} already")
        return
    others = [each for each in town.convoys.all() if each.spec.rig_ref == convoy.spec.rig_ref]
    refuse_carried(others, fresh, own=known, program=program)
    after = town.convoys.add(known, fresh)
    click.echo(f"convoy/{known} carries {len(after.spec.bead_ids)} beads now, {', '.join(fresh)} added")
