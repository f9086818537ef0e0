"""`rig create`."""

import re
from pathlib import Path
from typing import TypedDict, Unpack

import click

from crds import Manifest, Rig
from kubectl_gt.cli import names
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.cli.options import THEMES
from kubectl_gt.errors import WrongPlace
from kubectl_gt.town import Town
from kubectl_gt.typed import manifests, repository
from workflows.errors import Missing
from workflows.local.rigs import BEADS_FILE


class Options(TypedDict):
    """What was typed; absent fields are as the model's defaults say."""

    git_url: str
    prefix: str | None
    local_path: str | None
    base_branch: str | None
    beads: str | None
    gates: tuple[str, ...]
    agent: str | None
    agent_command: str | None
    model: str | None
    max_polecats: int | None
    theme: str | None
    git_secret: str | None


@click.command("create", cls=Verb)
@click.argument("name")
@click.option("--git-url", required=True, help="Address of the repository, or a path on this machine.")
@click.option("--prefix", help="Prefix of the beads' ids, gt for gt-42; made of the name when absent.")
@click.option(
    "--local-path", help="Taken for gastown-operator's sake; the repository is cloned from --git-url."
)
@click.option(
    "--base-branch", help="Branch to start from and to merge into; the repository's own when absent."
)
@click.option(
    "--beads", type=click.Path(dir_okay=False), help="Bead file outside of the repository, on one machine."
)
@click.option(
    "--gate",
    "gates",
    multiple=True,
    metavar="NAME=COMMAND",
    help="Command that every merge must pass; may be repeated.",
)
@click.option(
    "--agent", shell_complete=names.agents, help="Agent that works the beads; claude-code when absent."
)
@click.option("--agent-command", help="Command to run as the agent, such as './agent.sh {prompt_file}'.")
@click.option("--model", help="Model that the agent shall use.")
@click.option(
    "--max-polecats", type=click.IntRange(1, 100), help="Polecats at once, over all convoys; 8 when absent."
)
@click.option("--theme", type=click.Choice(THEMES), help="Names that polecats get; mad-max when absent.")
@click.option("--git-secret", help="Secret with the key to the repository, in a cluster.")
@with_town
def create(town: Town, name: str, **options: Unpack[Options]) -> None:
    """Make a rig: a repository that beads are worked on.

    The beads are read from .beads/issues.jsonl in the repository, or from the file that --beads names. The same rig again changes nothing.
    """
    if options["local_path"]:
        click.echo("Note: --local-path has no effect; polecats clone --git-url.", err=True)
    if not town.on_machine:
        _refuse_paths(options)
    rig = _rig(name, options)
    existed = _exists(town, name)
    made = town.rigs.create(rig)
    click.echo(f"rig/{name} {'unchanged' if existed else 'created'}")
    _warn_of_checkout(made)


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
    config = manifests.command_spec(options["agent_command"]) | (
        {"model": options["model"]} if options["model"] else {}
    )
    settings: Manifest = {"maxPolecats": options["max_polecats"], "namepoolTheme": options["theme"]}
    spec: Manifest = {
        "gitURL": repository.absolute(options["git_url"]),
        "beadsPrefix": options["prefix"] or _prefix(name),
        "settings": {key: value for key, value in settings.items() if value},
        "baseBranch": options["base_branch"],
        "agent": options["agent"] or ("custom" if options["agent_command"] else None),
        "agentConfig": config,
        "gates": [_gate(text) for text in options["gates"]],
        "gitSecretRef": {"name": options["git_secret"]} if options["git_secret"] else None,
    }
    return manifests.rig_of(name, spec, annotations=annotations)


def _prefix(name: str) -> str:
    letters = re.sub(r"[^a-z]", "", name.lower())[:10]
    if len(letters) < 2:
        raise click.UsageError(
            f"the name {name} has too few letters to make a prefix of; give one with --prefix"
        )
    return letters


def _gate(text: str) -> Manifest:
    name, equals, command = text.partition("=")
    if not (name and equals and command):
        raise click.UsageError(f"--gate {text!r} is not NAME=COMMAND, such as --gate 'test=make test'")
    return {"name": name, "command": command}


def _warn_of_checkout(rig: Rig) -> None:
    if repository.checked_out(rig.spec.git_url) == rig.spec.base_branch:
        click.echo(
            f"Note: {rig.spec.git_url} has {rig.spec.base_branch} checked out and refuses a push to it; allow it with"
            f" `git -C {rig.spec.git_url} config receive.denyCurrentBranch updateInstead`.",
            err=True,
        )
