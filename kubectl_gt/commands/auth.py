"""`auth sync` and `auth status`."""

from pathlib import Path

import click

from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.show.output import print_facts
from kubectl_gt.town import Town


@click.command(cls=Verb, examples=("auth sync", "auth sync --secret model-key"))
@click.option(
    "--claude-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("~/.claude"),
    show_default=True,
    help="Directory of Claude Code's settings; only its log-in is taken.",
)
@click.option("--force", is_flag=True, help="Replace a log-in that auth sync did not bring.")
@click.option(
    "--secret",
    default="",
    metavar="NAME",
    help="Secret that was renewed by other means: it is left as it is, and what waits for it goes on.",
)
@with_town
def sync(town: Town, claude_dir: Path, *, force: bool, secret: str) -> None:
    """Bring Claude Code's log-in to the cluster, as the Secret that polecats get; what waits for credentials goes on.

    On one machine agents use your own log-in: log in with the agent, then let go on what waits.
    """
    click.echo(town.auth.sync(claude_dir.expanduser(), force=force, secret=secret))


@click.command(cls=Verb, examples=("auth status",))
@with_town
def status(town: Town) -> None:
    """Tell which log-in the agents use."""
    print_facts(town.auth.status())
