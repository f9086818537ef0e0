"""`diff`."""

import sys

import click

from kubectl_gt.cli import names
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.town import Town
from kubectl_gt.typed.polecats import find
from workflows.clean import printable

_COLOURS = (("+++", "bold"), ("---", "bold"), ("@@", "cyan"), ("+", "green"), ("-", "red"), ("diff ", "bold"))


@click.command(cls=Verb, examples=("diff app-42", "diff app/furiosa --stat"))
@click.argument("name", metavar="BEAD|[RIG/]NAME", shell_complete=names.polecats)
@click.option("--stat", is_flag=True, help="Files and counts only.")
@with_town
def diff(town: Town, name: str, *, stat: bool) -> None:
    """Show what a polecat's branch changes against the base branch, in a pager on a terminal."""
    polecat = find(town, name)
    text = town.rigs.difference(
        polecat.spec.rig, polecat.status.branch or f"polecat/{polecat.spec.bead_id}", stat=stat
    )
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    click.echo_via_pager("".join(f"{_coloured(line)}\n" for line in text.splitlines()))


def _coloured(line: str) -> str:
    """A line that no terminal takes for a command, in the colour that git would give it."""
    shown = printable(line)
    style = next((style for start, style in _COLOURS if line.startswith(start)), "")
    return (
        click.style(shown, fg=None if style in ("", "bold") else style, bold=style == "bold")
        if style
        else shown
    )
