"""`rig create`."""

import contextlib
import re
import shutil
from pathlib import Path
from typing import Unpack

import click

from crds import Manifest, Rig
from kubectl_gt.cli import arguments, options
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.cli.options import RigOptions
from kubectl_gt.errors import WrongPlace
from kubectl_gt.town import Town
from kubectl_gt.typed import manifests, repository, signing
from workflows.errors import Missing, Unavailable
from workflows.labels import BEADS_FILE
from workflows.local.repositories.inspection import keeps_large_files


class Options(RigOptions):
    """What only `rig create` takes."""

    git_url: str
    prefix: str | None
    local_path: str | None
    beads: str | None


@click.command(
    "create",
    cls=Verb,
    examples=(
        "rig create app --git-url git@github.com:you/app.git --gate 'test=make test'",
        "rig create app --git-url ~/code/app.git --base-branch try-agents",
        "rig create app --git-url https://github.com/you/app.git --agent-command './agent.sh {prompt_file}'",
    ),
)
@click.argument("name", type=arguments.RIG)
@click.option("--git-url", required=True, help="Address of the repository, or a path on this machine.")
@click.option("--prefix", help="Prefix of the beads' ids, gt for gt-42; made of the name when absent.")
@click.option(
    "--local-path", help="Taken for gastown-operator's sake; the repository is cloned from --git-url."
)
@click.option(
    "--beads", type=click.Path(dir_okay=False), help="Bead file outside of the repository, on one machine."
)
@options.rig
@with_town
def create(town: Town, name: str, **given: Unpack[Options]) -> None:
    """Make a rig: a repository that beads are worked on.

    The beads are read from .beads/issues.jsonl in the repository, or from the file that --beads names. The same rig again changes nothing.
    """
    if given["local_path"]:
        click.echo("Note: --local-path has no effect; polecats clone --git-url.", err=True)
    if not town.on_machine:
        _refuse_paths(given)
    given["signing_key"] = signing.secret(town, name, given["signing_key"])
    rig = _rig(name, given)
    existed = _exists(town, name)
    made = town.rigs.create(rig)
    click.echo(f"rig/{name} {'unchanged' if existed else 'created'}")
    _warn_of_checkout(made)
    if town.on_machine and not shutil.which("git-lfs"):
        _warn_of_large_files(made)


def _refuse_paths(options: Options) -> None:
    for option, value in (("--beads", options["beads"]), ("--git-url", options["git_url"])):
        if value and (option == "--beads" or repository.is_path(value)):
            raise WrongPlace(
                f"{option} {value}: no pod can reach a path of this machine; push it, and give an address"
            )


def _exists(town: Town, name: str) -> bool:
    try:
        town.rigs.get(name)
    except Missing:
        return False
    return True


def _rig(name: str, options: Options) -> Rig:
    annotations = {BEADS_FILE: str(Path(options["beads"]).absolute())} if options["beads"] else {}
    spec: Manifest = {
        "gitURL": repository.absolute(options["git_url"]),
        "beadsPrefix": options["prefix"] or _prefix(name),
    }
    return manifests.rig_of(name, spec | manifests.rig_spec(options), annotations=annotations)


def _prefix(name: str) -> str:
    letters = re.sub(r"[^a-z]", "", name.lower())[:10]
    if len(letters) < 2:
        raise click.UsageError(
            f"the name {name} has too few letters to make a prefix of; give one with --prefix"
        )
    return letters


def _warn_of_checkout(rig: Rig) -> None:
    if repository.checked_out(rig.spec.git_url) == rig.spec.base_branch:
        click.echo(
            f"Note: {rig.spec.git_url} has {rig.spec.base_branch} checked out and refuses a push to it; allow it with"
            f" `git -C {rig.spec.git_url} config receive.denyCurrentBranch updateInstead`.",
            err=True,
        )


def _warn_of_large_files(rig: Rig) -> None:
    kept = False
    with contextlib.suppress(Unavailable):
        kept = keeps_large_files(rig.spec.git_url, rig.spec.base_branch)
    if kept:
        click.echo(
            f"Note: {rig.spec.git_url} keeps large files by git-lfs, which is not installed here: gates and agents see pointers, "
            "and a bead that changes such a file is refused. Install git-lfs.",
            err=True,
        )
