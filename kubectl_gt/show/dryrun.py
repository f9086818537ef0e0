"""Printing what Argo would get, instead of doing it."""

import click

from crds import Convoy
from kubectl_gt.show.output import print_yaml
from kubectl_gt.town import Town
from workflows.clean import as_json, plain


def show(town: Town, convoy: Convoy, output: str) -> None:
    """The ConfigMaps and Workflows of a convoy, for `kubectl apply -f -` as they are. Raises what making it would raise."""
    draft = town.draft(convoy)
    for note in draft.notes:
        click.echo(f"Note: {plain(note)}", err=True)
    if output == "yaml":
        print_yaml(draft.objects)
    else:
        whole = {"apiVersion": "v1", "kind": "List", "items": [*draft.objects]}
        click.echo(as_json(whole))
