"""`version`."""

import json
from importlib import metadata

import click

from kubectl_gt.cli.command import Verb, program_name


@click.command(cls=Verb, examples=("version", "version --json"))
@click.option(
    "-o", "--output", type=click.Choice(("text", "json")), default="text", help="Form of the answer."
)
def version(output: str) -> None:
    """Print the version."""
    number = metadata.version("gastown-argo")
    click.echo(json.dumps({"version": number}) if output == "json" else f"{program_name()} {number}")
