"""`convoy create`."""

from collections.abc import Sequence
from typing import Unpack

import click

from crds import Convoy, Manifest, Rig, load
from kubectl_gt.cli import names, options
from kubectl_gt.cli.arguments import is_bead
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.cli.options import WorkOptions
from kubectl_gt.durations import DurationText
from kubectl_gt.exits import Exit
from kubectl_gt.show import dryrun, watching
from kubectl_gt.show.columns import bare
from kubectl_gt.town import Town
from kubectl_gt.typed import manifests, naming
from kubectl_gt.typed.conflicts import merged_by, ready, refuse_carried
from kubectl_gt.typed.target import check_beads, only_rig, rig_of
from workflows.errors import BeadsUnreadable, Refused, Unavailable


class Options(WorkOptions):
    """What only `convoy create` takes."""

    rig: str | None
    all_ready: bool
    from_file: str | None
    merge: str | None
    ignore_open: bool
    deadline: str | None


@click.command(
    cls=Verb,
    examples=(
        "convoy create 'Log in with a passkey' app-42 app-43 app-44",
        "convoy create 'What is ready' --rig app --all-ready --max 4 --wait",
        "convoy create --from-file convoy.yaml --budget 20",
        "convoy create 'Look first' app-42 app-43 --dry-run",
    ),
)
@click.argument("description", required=False)
@click.argument("beads", nargs=-1, shell_complete=names.beads)
@click.option(
    "--rig",
    shell_complete=names.rigs,
    help="Rig to work on; not needed where the beads' prefix tells it, or where there is one only.",
)
@click.option("--all-ready", is_flag=True, help="All beads that are ready and that no convoy has carried.")
@click.option(
    "--from-file",
    metavar="FILE",
    help="Manifest of a Convoy; `-` reads standard input. Options go before what stands there.",
)
@click.option(
    "--merge",
    type=click.Choice(("merged", "published")),
    help="When dependents start: after the merge, or after the publication.",
)
@click.option("--ignore-open", is_flag=True, help="Take open dependencies outside of the convoy as done.")
@click.option(
    "--deadline",
    type=DurationText(),
    help="How long it may take, such as 2h; what still runs then is stopped and pushed.",
)
@options.work
@with_town
def create(town: Town, description: str | None, beads: tuple[str, ...], **given: Unpack[Options]) -> Exit:
    """Make a convoy of beads and start it in the background.

    Its beads are worked in the order of their dependencies, as many at once as limits allow, and each is merged. The same convoy again
    does nothing twice.
    """
    manifest = manifests.read_convoy(given["from_file"]) if given["from_file"] else {}
    rig = _rig(town, given["rig"] or _told(manifest, "rigRef"), [description, *beads] if description else [])
    if description and _is_first_bead(town, rig, description):
        beads, description = (description, *beads), None
    check_beads(beads, instead=f"{program_name()} sling --text {{}} {rig.metadata.name}")
    chosen = _chosen(town, rig, beads, all_ready=given["all_ready"])
    if given["all_ready"] and not chosen and not manifest:
        click.echo(
            f"Rig {rig.metadata.name} has no ready bead that no convoy has carried; nothing to do.", err=True
        )
        return Exit.OK
    convoy = manifests.with_notice(
        _convoy(manifest, rig, description, chosen, given), given["notify"], on_machine=town.on_machine
    )
    if given["dry_run"]:
        dryrun.show(town, convoy, given["output"])
        return Exit.OK
    return _start(town, convoy, given)


def _told(manifest: Manifest, field: str) -> str:
    spec = manifest.get("spec")
    value = spec.get(field) if isinstance(spec, dict) else None
    return value if isinstance(value, str) else ""


def _rig(town: Town, name: str, words: Sequence[str]) -> Rig:
    if name:
        return town.rigs.get(bare(name, "rig"))
    rigs = town.rigs.all()
    return rig_of(rigs, words[1:]) or rig_of(rigs, words) or only_rig(town, "choose with --rig")


def _is_first_bead(town: Town, rig: Rig, word: str) -> bool:
    """Whether somebody forgot the description, so that the first bead stands in its place. What can't be read has no such bead."""
    if not is_bead(word):
        return False
    if rig_of([rig], [word]) is not None:
        return True
    try:
        return word in town.rigs.beads(rig.metadata.name)
    except (Unavailable, BeadsUnreadable):
        return False


def _chosen(town: Town, rig: Rig, beads: tuple[str, ...], *, all_ready: bool) -> list[str]:
    if not all_ready:
        return list(beads)
    convoys = [each for each in town.convoys.all() if each.spec.rig_ref == rig.metadata.name]
    busy = {bead for convoy in convoys for bead in convoy.spec.bead_ids}
    return [*beads, *(bead.id for bead in ready(town, rig.metadata.name) if bead.id not in busy)]


def _convoy(
    manifest: Manifest, rig: Rig, description: str | None, beads: list[str], given: Options
) -> Convoy:
    spec: Manifest = manifests.work_spec(given, rig) | {
        "description": description or _told(manifest, "description") or _describe(beads),
        "trackedBeads": beads,
        "mergeStrategy": given["merge"],
        "onOpenDependency": "Ignore" if given["ignore_open"] else None,
        "deadline": given["deadline"],
    }
    if not beads and not manifest:
        raise click.UsageError(
            f"no bead: name beads behind the description, or take all that are ready with --all-ready;"
            f" `{program_name()} beads ready {rig.metadata.name}` lists them"
        )
    metadata = manifest.get("metadata")
    named = given["name"] or (metadata.get("name") if isinstance(metadata, dict) else None)
    if not manifest:
        name = named or naming.convoy_name(spec["description"], beads)
        return manifests.convoy_of(name, spec)
    found = load(manifests.merged(manifest, named or "unnamed", spec))
    if not isinstance(found, Convoy):
        raise Refused(f"{given['from_file']}: it holds no Convoy")
    if named:
        return found
    name = naming.convoy_name(found.spec.description, found.spec.bead_ids)
    return found.model_copy(update={"metadata": found.metadata.model_copy(update={"name": name})})


def _describe(beads: list[str]) -> str:
    """What a convoy is called that nobody describes."""
    named = ", ".join(beads[:3])
    return f"{named} and {len(beads) - 3} more" if len(beads) > 3 else named


def _start(town: Town, convoy: Convoy, given: Options) -> Exit:
    program, name = program_name(), convoy.metadata.name
    others = town.convoys.all()
    existed = any(each.metadata.name == name for each in others)
    mine = [each for each in others if each.spec.rig_ref == convoy.spec.rig_ref and not existed]
    refuse_carried(mine, convoy.spec.bead_ids, own=name, program=program)
    made = town.convoys.create(convoy)
    for bead, by in merged_by(mine, convoy.spec.bead_ids).items():
        click.echo(f"Note: {bead} was merged by {by.metadata.name} already; it is worked again.", err=True)
    click.echo(f"convoy/{name} {_told_state(made, existed=existed)}")
    if made.status.phase == "Complete":
        return Exit.OK
    if made.status.phase == "Failed":
        click.echo(f"Go on with `{program} convoy resume {name}`.", err=True)
        return Exit.FAILED
    town.convoys.start(name)
    if given["wait"] or given["wait_until"]:
        ready = given["wait_until"] == "scheduled"
        return watching.watch(town, name, timeout=given["timeout"] or None, program=program, ready=ready)
    click.echo(f"Watch it with `{program} convoy watch {name}`.", err=True)
    return Exit.OK


def _told_state(convoy: Convoy, *, existed: bool) -> str:
    if existed:
        return f"unchanged: {', '.join(filter(None, (convoy.status.phase, convoy.status.progress)))}"
    count = len(convoy.spec.bead_ids)
    return f"created with {count} bead{'s' * (count != 1)}"
