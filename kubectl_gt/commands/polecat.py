"""`polecat list`, `polecat status`, `polecat logs` and `polecat nuke`."""

import sys
from typing import Unpack

import click

from crds import Polecat
from kubectl_gt.cli import names, options
from kubectl_gt.cli.arguments import Whole
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.show import listing
from kubectl_gt.show.columns import POLECATS, bare, dollars, moment
from kubectl_gt.show.listing import Filter
from kubectl_gt.show.output import print_facts, show_one
from kubectl_gt.town import LogRequest, Town
from kubectl_gt.typed.polecats import find
from workflows.clean import printable
from workflows.labels import CONVOY
from workflows.polecats import AT_WORK
from workflows.shape import COURIER, agent_container

named = click.argument("name", metavar="[RIG/]NAME", shell_complete=names.polecats)


@click.command(
    "list",
    cls=Verb,
    examples=("polecat list", "polecat list app --active", "polecat list --phase Stuck -o wide"),
)
@click.argument("rig", required=False, shell_complete=names.rigs)
@options.listed("Idle", "Working", "Done", "Stuck", "Terminated")
@click.option("--rig", "rig_option", shell_complete=names.rigs, help="The same as the argument.")
@options.output
@with_town
def list_(
    town: Town, *, rig: str | None, rig_option: str | None, output: str, **given: Unpack[Filter]
) -> None:
    """List the polecats of a rig, or of all rigs, the newest first."""
    named = rig or rig_option
    known = bare(named, "rig") if named else None
    listing.show(lambda: town.polecats.all(known), POLECATS, output, given, pause=town.pause)


@click.command(cls=Verb, examples=("polecat status app/furiosa", "polecat status app-42 -o json"))
@named
@options.output
@with_town
def status(town: Town, name: str, output: str) -> None:
    """Show one polecat: what it works on, how far it is, and what it said last."""
    show_one(find(town, name), POLECATS, output, picture=_picture)


@click.command(cls=Verb, examples=("polecat logs furiosa -f", "polecat logs app-42 -c main --tail 50"))
@named
@click.option("-f", "--follow", is_flag=True, help="Go on until the polecat has ended.")
@click.option(
    "-c",
    "--container",
    default="",
    help="Container whose log to print: git-init, main; the agent's when absent, and as claude.",
)
@click.option(
    "--raw",
    is_flag=True,
    help="What the agent printed, as it came: JSON and all, and control characters where it goes to no terminal.",
)
@click.option("--tail", type=Whole(min=-1), default=-1, help="The last lines only; -1 for all.")
@with_town
def logs(town: Town, name: str, *, follow: bool, container: str, raw: bool, tail: int) -> None:
    """Print the output of a polecat's agent, all attempts one after the other."""
    request = LogRequest(
        container=_container(container) or (COURIER if raw else ""),
        tail=None if tail < 0 else tail,
        follow=follow,
    )
    polecat, silent = find(town, name), True
    for line in town.log(polecat, request):
        silent = False
        sys.stdout.write(line if raw and not sys.stdout.isatty() else printable(line))
        if follow:
            sys.stdout.flush()
    if silent and not container and tail:
        program, full = program_name(), f"{polecat.spec.rig}/{polecat.metadata.name}"
        click.echo(
            f"Note: the agent of {full} printed nothing. See how far it is with `{program} polecat status {full}`,"
            f" what our own steps said with `{program} polecat logs {full} -c main`.",
            err=True,
        )


def _container(named: str) -> str:
    """`claude` is in gastown-operator's scripts, whatever the agent: the agent's own."""
    return "" if named == agent_container("claude-code") else named


@click.command(cls=Verb, examples=("polecat nuke app/furiosa", "polecat nuke app --all"))
@click.argument("name", metavar="[RIG/]NAME", shell_complete=names.polecats)
@click.option("--all", "every", is_flag=True, help="All polecats of the rig that is named that are at work.")
@click.option("--force", is_flag=True, help="Taken for gastown-operator's sake; nothing is asked anyway.")
@with_town
def nuke(town: Town, name: str, *, every: bool, force: bool) -> None:
    """End a polecat for good. Its branch stays; beads that wait for it will not run."""
    if not every:
        _nuke(town, find(town, name), force=force)
        return
    polecats = town.polecats.all(bare(name, "rig"))
    living = [each for each in polecats if each.status.phase in AT_WORK]
    if not living:
        click.echo(f"rig/{bare(name, 'rig')} has no polecat at work; nothing to do")
    for polecat in living:
        _nuke(town, polecat, force=force)


def _nuke(town: Town, polecat: Polecat, *, force: bool) -> None:
    known = polecat.metadata.name
    if polecat.status.merged_commit or polecat.status.phase in ("Stuck", "Terminated"):
        click.echo(f"polecat/{known} unchanged: {polecat.status.phase}, {polecat.status.reason}")
        return
    town.polecats.nuke(polecat)
    click.echo(f"polecat/{known} {'force-nuked' if force else 'nuked'}; its branch stays")


def _picture(polecat: Polecat) -> None:
    spec, state = polecat.spec, polecat.status
    commits = f" ({state.commits} commit{'s' * (state.commits != 1)})" if state.commits is not None else ""
    pairs = [
        ("Name", polecat.metadata.name),
        ("Rig", spec.rig),
        ("Bead", spec.bead_id),
        ("Convoy", polecat.metadata.labels.get(CONVOY, "")),
        ("Desired state", spec.desired_state),
        ("Phase", state.phase),
        ("Reason", state.reason),
        ("Summary", state.summary),
        ("Last action", state.last_action),
        ("Last activity", moment(state.last_activity) if state.phase == "Working" else ""),
        ("Agent", " ".join(part for part in (state.agent or spec.worker, state.agent_model) if part)),
        ("Pod", state.pod_name),
        ("Branch", f"{state.branch}{commits}" if state.branch else ""),
        ("Commit", state.commit),
        ("Merged as", state.merged_commit),
        ("Attempts", str(state.attempts or "")),
        ("Cost", dollars(state.cost_usd)),
        ("Tokens", "" if state.tokens is None else str(state.tokens)),
        ("Started", moment(state.started_at)),
        ("Finished", moment(state.finished_at)),
        *((f"  {each.type}", f"{each.status} ({each.reason})") for each in state.conditions),
    ]
    print_facts(pairs)
