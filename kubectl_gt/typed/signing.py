"""The key that merged commits are signed with, as it was typed: a file of this machine, or the name of a Secret."""

from pathlib import Path

import click

from kubectl_gt.town import Town
from kubectl_gt.typed.manifests import SIGNING_KEY


def secret(town: Town, rig: str, typed: str | None) -> str | None:
    """The name of the Secret that holds the key. On one machine the file is kept as one, which only its user can read."""
    if not typed or not town.on_machine:
        return typed
    try:
        text = Path(typed).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise click.UsageError(f"--signing-key {typed}: {why}; name a file with an ssh key") from error
    if "PRIVATE KEY" not in text:
        raise click.UsageError(f"--signing-key {typed}: no private ssh key; name the file without .pub")
    name = f"{rig}-signing"
    town.secrets.keep(name, {SIGNING_KEY: text})
    return name
