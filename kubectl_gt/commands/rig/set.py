"""`rig set`."""

from typing import Unpack

import click

from crds import Manifest
from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.cli.options import RigOptions
from kubectl_gt.show.columns import bare
from kubectl_gt.town import Town
from kubectl_gt.typed import manifests, signing

FIELDS = {
    "gates": "gates",
    "agent": "agent",
    "agent-command": "agentConfig",
    "model": "agentConfig",
    "fallback-model": "agentConfig",
    "theme": "settings",
    "max-polecats": "settings",
    "git-secret": "gitSecretRef",
    "signing-key": "commits",
    "gate-cache": "gateCache",
}
"""What `--unset` takes, and the part of the spec that holds it."""

_INSIDE = {
    "agent-command": "command",
    "model": "model",
    "fallback-model": "fallbackModels",
    "theme": "namepoolTheme",
    "max-polecats": "maxPolecats",
    "signing-key": "signingKeySecretRef",
}


class Options(RigOptions):
    """What only `rig set` takes."""

    unset: tuple[str, ...]


@click.command(
    "set",
    cls=Verb,
    examples=(
        "rig set app --gate 'test=make test' --gate 'lint=make lint'",
        "rig set app --base-branch release --max-polecats 4",
        "rig set app --unset gates --unset model",
        "rig set app --signing-key ~/.ssh/merges",
    ),
)
@click.argument("name", shell_complete=names.rigs)
@options.rig
@click.option(
    "--unset",
    multiple=True,
    type=click.Choice([*FIELDS]),
    help="Setting to take away, so that the default counts again; may be repeated.",
)
@with_town
def set_(town: Town, name: str, **given: Unpack[Options]) -> None:
    """Change a rig. Gates that are named replace all that it had; convoys that run keep the branch that they began with."""
    known = bare(name, "rig")
    spec: Manifest = {}
    for each in given["unset"]:
        field, inside = FIELDS[each], _INSIDE.get(each)
        if inside is None:
            spec[field] = None
        else:
            spec.setdefault(field, {})[inside] = None
    given["signing_key"] = signing.secret(town, known, given["signing_key"])
    for field, value in manifests.rig_spec(given).items():
        spec[field] = {**spec.get(field, {}), **value} if isinstance(value, dict) else value
    if not spec:
        raise click.UsageError("nothing to change: name what shall be different, such as --max-polecats 4")
    before = town.rigs.get(known)
    with manifests.named_as_typed():
        after = town.rigs.change(known, spec)
    click.echo(f"rig/{known} {'unchanged' if before.spec == after.spec else 'changed'}")
