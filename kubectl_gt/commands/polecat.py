"""`polecat list`, `polecat status`, `polecat logs` and `polecat nuke`."""

import sys

import click

from crds import Polecat
from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.show import console
from kubectl_gt.show.columns import POLECATS, bare, dollars, moment
from kubectl_gt.show.output import facts, show_list, show_one
from kubectl_gt.town import LogRequest, Town
from workflows.errors import Refused
from workflows.labels import CONVOY

named = click.argument("name", metavar="[RIG/]NAME", shell_complete=names.polecats)


@click.command("list", cls=Verb)
@click.argument("rig", required=False, shell_complete=names.rigs)
@options.output
@with_town
def list_(town: Town, rig: str | None, output: str) -> None:
    """List the polecats of a rig, or of all rigs."""
    show_list(town.polecats.all(bare(rig, "rig") if rig else None), POLECATS, output)


@click.command(cls=Verb)
@named
@options.output
@with_town
def status(town: Town, name: str, output: str) -> None:
    """Show one polecat: what it works on, how far it is, and what it said last."""
    show_one(_find(town, name), POLECATS, output, picture=_picture)


@click.command(cls=Verb)
@named
@click.option("-f", "--follow", is_flag=True, help="Go on until the polecat has ended.")
@click.option(
    "-c",
    "--container",
    default="",
    help="Container whose log to print: git-init, main; the agent's when absent.",
)
@click.option("--tail", type=click.IntRange(min=-1), default=-1, help="The last lines only; -1 for all.")
@with_town
def logs(town: Town, name: str, *, follow: bool, container: str, tail: int) -> None:
    """Print the output of a polecat's agent, all attempts one after the other."""
    request = LogRequest(container=container, tail=None if tail < 0 else tail, follow=follow)
    for line in town.log(_find(town, name), request):
        sys.stdout.write(line)
        if follow:
            sys.stdout.flush()


@click.command(cls=Verb)
@named
@click.option("--force", is_flag=True, help="Taken for gastown-operator's sake; nothing is asked anyway.")
@with_town
def nuke(town: Town, name: str, *, force: bool) -> None:
    """End a polecat for good. Its branch stays; beads that wait for it will not run."""
    polecat = _find(town, name)
    known = polecat.metadata.name
    if polecat.status.merged_commit or polecat.status.phase in ("Stuck", "Terminated"):
        click.echo(f"polecat/{known} unchanged: {polecat.status.phase}, {polecat.status.reason}")
        return
    town.polecats.nuke(polecat)
    click.echo(f"polecat/{known} {'force-nuked' if force else 'nuked'}; its branch stays")


def _find(town: Town, name: str) -> Polecat:
    typed = bare(name, "polecat")
    rig, slash, rest = typed.partition("/")
    if not slash:
        return town.polecats.get(typed)
    if not (rig and rest) or "/" in rest:
        raise Refused(f"polecat {typed}: it is not <rig>/<name>; see `{program_name()} polecat list`")
    return town.polecats.get(rest, rig=rig)


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
        ("Agent", " ".join(part for part in (state.agent or spec.agent, state.agent_model) if part)),
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
    console.stdout().print(facts(pairs))
