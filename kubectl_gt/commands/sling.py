"""`sling`."""

import sys
from typing import Unpack

import click

from crds import Convoy, Manifest, Rig
from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.cli.options import WorkOptions
from kubectl_gt.exits import Exit
from kubectl_gt.show import console, dryrun, watching
from kubectl_gt.show.columns import bare, short
from kubectl_gt.town import Town
from kubectl_gt.typed import manifests, naming
from kubectl_gt.typed.conflicts import merged_by, refuse_carried

TITLE = 120
"""Longest title made of a task's first line."""


class Options(WorkOptions):
    """What only `sling` takes."""

    text: str | None
    again: bool
    wait_ready: bool
    git_secret: str | None


@click.command(cls=Verb)
@click.argument("words", nargs=-1, required=True, metavar="[BEAD]... RIG", shell_complete=names.beads_or_rigs)
@click.option("--text", help="Task in words, instead of a bead; `-` reads standard input.")
@options.work
@click.option("--again", is_flag=True, help="Work a bead although it was merged before.")
@click.option("--wait-ready", is_flag=True, help="Wait until an agent is at work.")
@click.option("--git-secret", help="Secret with the key to the repository, in a cluster.")
@with_town
def sling(town: Town, words: tuple[str, ...], **given: Unpack[Options]) -> Exit:
    """Hand beads of a rig, or a task in words, to polecats.

    One bead is worked by one polecat, several make a convoy in the order of their dependencies. What they commit is merged.
    """
    beads, rig = list(dict.fromkeys(words[:-1])), town.rigs.get(bare(words[-1], "rig"))
    inline = _inline(given["text"], beads)
    wanted = [*beads, *(bead["id"] for bead in inline)]
    if not wanted:
        raise click.UsageError(f"no bead: name beads before {words[-1]}, or say what to do with --text")
    convoys = [each for each in town.convoys.all() if each.spec.rig_ref == rig.metadata.name]
    merged = {} if given["again"] else merged_by(convoys, wanted)
    for bead, convoy in merged.items():
        _tell_merged(town, bead, convoy, rig)
    left = [bead for bead in wanted if bead not in merged]
    if not left:
        return Exit.OK
    refuse_carried(convoys, left, own=given["name"], program=program_name())
    return _go(town, _convoy(town, left, inline, rig, given), given)


def _inline(text: str | None, beads: list[str]) -> list[Manifest]:
    if text is None:
        return []
    if beads:
        raise click.UsageError("--text stands instead of a bead; give one of them")
    whole = (sys.stdin.read() if text == "-" else text).strip()
    if not whole:
        raise click.UsageError("--text is empty; say what to do")
    first = console.plain(whole.splitlines()[0])
    title = first if len(first) <= TITLE else f"{first[: TITLE - 1]}…"
    return [{"id": naming.text_bead(whole), "title": title, "description": whole if whole != title else ""}]


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
    count = len(convoy.spec.tracked_beads) + len(convoy.spec.beads)
    what = f"polecat/{name} slung at" if count == 1 else f"convoy/{name} with {count} beads slung at"
    click.echo(f"{what} {convoy.spec.rig_ref}")
    if given["wait"] or given["wait_ready"]:
        ready = given["wait_ready"] and not given["wait"]
        return watching.watch(town, name, timeout=given["timeout"], program=program, ready=ready, kind=kind)
    follow = f"convoy watch {name}" if kind == "convoy" else f"polecat status {convoy.spec.rig_ref}/{name}"
    click.echo(f"Watch it with `{program} {follow}`.", err=True)
    return Exit.OK


def _tell_merged(town: Town, bead: str, convoy: Convoy, rig: Rig) -> None:
    name = convoy.metadata.name
    commit = next(
        (each.status.merged_commit for each in town.polecats.of_convoy(name) if each.spec.bead_id == bead), ""
    )
    where = convoy.spec.base_branch or rig.spec.base_branch
    click.echo(f"{bead} was merged into {where} as {short(commit)} by convoy {name}; --again works it again")
