"""`sling`."""

import sys
from typing import Unpack

import click

from crds import Convoy, Manifest, Rig
from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.cli.options import WorkOptions
from kubectl_gt.exits import Exit
from kubectl_gt.show import dryrun, watching
from kubectl_gt.show.columns import short
from kubectl_gt.town import Town
from kubectl_gt.typed import manifests, naming
from kubectl_gt.typed.conflicts import merged_by, refuse_carried
from kubectl_gt.typed.target import beads_and_rig, check_beads
from workflows.clean import plain

SCHEDULED = 120.0
"""Seconds that a wait for an agent at work takes at most when nobody says otherwise, as in gastown-operator."""

TITLE = 120
"""Longest title made of a task's first line."""


class Options(WorkOptions):
    """What only `sling` takes."""

    text: str | None
    again: bool
    wait_ready: bool
    git_secret: str | None


@click.command(
    cls=Verb,
    examples=(
        "sling app-42 app",
        "sling app-42 app-43 app-44 app --max 2",
        "sling --text 'Fix the typo in the README' app --wait=merged",
    ),
)
@click.argument("words", nargs=-1, metavar="[BEAD]... [RIG]", shell_complete=names.beads_or_rigs)
@click.option("--text", help="Task in words, instead of a bead; `-` reads standard input.")
@options.work
@click.option("--again", is_flag=True, help="Work a bead although it was merged before.")
@click.option("--wait-ready", is_flag=True, help="Wait until an agent is at work.")
@click.option("--git-secret", help="Secret with the key to the repository, in a cluster.")
@with_town
def sling(town: Town, words: tuple[str, ...], **given: Unpack[Options]) -> Exit:
    """Hand beads of a rig, or a task in words, to polecats.

    One bead is worked by one polecat, several make a convoy in the order of their dependencies. What they commit is merged. The rig may
    be left out where the beads' prefix tells it, or where there is one only.
    """
    beads, rig = beads_and_rig(town, words)
    check_beads(beads, instead=f"{program_name()} sling --text {{}} {rig.metadata.name}")
    inline = _inline(town, given["text"], beads, rig)
    wanted = [*beads, *(bead["id"] for bead in inline)]
    if not wanted:
        raise click.UsageError(
            f"no bead: name beads before {rig.metadata.name}, or say what to do with --text"
        )
    convoys = [each for each in town.convoys.all() if each.spec.rig_ref == rig.metadata.name]
    merged = set() if given["again"] or inline else town.rigs.merged(rig.metadata.name) & set(wanted)
    for bead in beads:
        if bead in merged:
            _tell_merged(town, bead, merged_by(convoys, [bead]).get(bead), rig)
    left = [bead for bead in wanted if bead not in merged]
    if not left:
        return Exit.OK
    refuse_carried(convoys, left, own=given["name"], program=program_name())
    convoy = _convoy(town, left, inline, rig, given)
    return _go(town, manifests.with_notice(convoy, given["notify"], on_machine=town.on_machine), given)


def _inline(town: Town, text: str | None, beads: list[str], rig: Rig) -> list[Manifest]:
    if text is None:
        return []
    if beads:
        raise click.UsageError("--text stands instead of a bead; give one of them")
    whole = (sys.stdin.read() if text == "-" else text).strip()
    if not whole:
        raise click.UsageError("--text is empty; say what to do")
    first = plain(whole.splitlines()[0])
    title = first if len(first) <= TITLE else f"{first[: TITLE - 1]}…"
    bead = naming.text_bead(whole, town.rigs.merged(rig.metadata.name))
    return [{"id": bead, "title": title, "description": whole if whole != title else ""}]


def _convoy(town: Town, beads: list[str], inline: list[Manifest], rig: Rig, given: Options) -> Convoy:
    taken = {each.metadata.name for each in (*town.convoys.all(), *town.polecats.all())}
    theme = given["theme"] or rig.spec.settings.namepool_theme
    if len(beads) == 1:
        description = f"Work: {inline[0]['title'] if inline else beads[0]}"
        name = given["name"] or naming.polecat_name(theme, taken)
    else:
        description = f"Batch: {len(beads)} beads to {rig.metadata.name}"
        name = given["name"] or naming.convoy_name(description, beads)
    spec: Manifest = {"description": description, "trackedBeads": [] if inline else beads, "beads": inline}
    return manifests.convoy_of(name, spec | manifests.work_spec(given, rig))


def _go(town: Town, convoy: Convoy, given: Options) -> Exit:
    if given["dry_run"]:
        dryrun.show(town, convoy, given["output"])
        return Exit.OK
    program, name = program_name(), convoy.metadata.name
    if given["git_secret"] and town.on_machine:
        click.echo("Note: --git-secret has no effect on one machine; git's own set-up is used.", err=True)
    kind = town.sling(convoy, git_secret=given["git_secret"])
    count = len(convoy.spec.bead_ids)
    what = f"polecat/{name} slung at" if count == 1 else f"convoy/{name} with {count} beads slung at"
    click.echo(f"{what} {convoy.spec.rig_ref}")
    until = _until(given)
    if until:
        ready = until == "scheduled"
        timeout = SCHEDULED if ready and given["timeout"] is None else given["timeout"] or None
        return watching.watch(town, name, timeout=timeout, program=program, ready=ready, kind=kind)
    follow = f"convoy watch {name}" if kind == "convoy" else f"polecat status {convoy.spec.rig_ref}/{name}"
    click.echo(f"Watch it with `{program} {follow}`.", err=True)
    return Exit.OK


def _until(given: Options) -> str:
    """What to wait for; empty for nothing. `--wait` alone means in `kubectl gt` what it means in gastown-operator's."""
    if given["wait_until"]:
        return given["wait_until"]
    if given["wait_ready"]:
        return "scheduled"
    kubectl = program_name() == "kubectl gt"
    return ("scheduled" if kubectl else "merged") if given["wait"] else ""


def _tell_merged(town: Town, bead: str, convoy: Convoy | None, rig: Rig) -> None:
    where = (convoy.spec.base_branch if convoy else "") or rig.spec.base_branch
    by = "; the repository records it"
    if convoy:
        polecats = town.polecats.of_convoy(convoy.metadata.name)
        commit = next((each.status.merged_commit for each in polecats if each.spec.bead_id == bead), "")
        by = f" as {short(commit)} by convoy {convoy.metadata.name}"
    click.echo(f"{bead} was merged into {where}{by}; --again works it again")
