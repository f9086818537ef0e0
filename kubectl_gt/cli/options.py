"""Options that several verbs share, so that they are spelled and explained the same everywhere."""

from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

import click

from kubectl_gt.cli import names
from kubectl_gt.durations import Duration

F = TypeVar("F", bound=Callable[..., Any])

THEMES = ("mad-max", "minerals", "wasteland")


class WorkOptions(TypedDict):
    """How the work of a convoy is done; absent is as the rig says."""

    agent: str | None
    agent_command: str | None
    model: str | None
    theme: str | None
    base_branch: str | None
    max_polecats: int
    budget: float | None
    dry_run: bool
    output: str
    wait: bool
    timeout: float | None
    name: str | None


def work(run: F) -> F:
    """The options of whatever makes a convoy."""
    options = (
        click.option("--name", help="Its name; of one bead also the polecat's."),
        click.option(
            "--agent",
            shell_complete=names.agents,
            help="Agent that works the beads; the rig's when absent.",
        ),
        click.option(
            "--agent-command", help="Command to run as the agent, such as './agent.sh {prompt_file}'."
        ),
        click.option("--model", help="Model that the agent shall use."),
        click.option(
            "--theme", type=click.Choice(THEMES), help="Names that polecats get; the rig's theme when absent."
        ),
        click.option("--base-branch", help="Branch to start from and to merge into; the rig's when absent."),
        click.option(
            "--max",
            "max_polecats",
            type=click.IntRange(min=0),
            default=0,
            help="Polecats at once; 0 for as many as the rig allows.",
        ),
        click.option(
            "--budget",
            type=click.FloatRange(min=0, min_open=True),
            help="US dollars that it may spend on models in all.",
        ),
        click.option("--dry-run", is_flag=True, help="Print what Argo would get, and change nothing."),
        click.option(
            "-o", "--output", type=click.Choice(("yaml", "json")), default="yaml", help="Form of the dry run."
        ),
        click.option("--wait", is_flag=True, help="Show it until it ends, and exit with its outcome."),
        click.option(
            "--timeout", type=Duration(), default="0", help="With a wait: how long at most, such as 30m."
        ),
    )
    for option in reversed(options):
        run = option(run)
    return run


output = click.option(
    "-o",
    "--output",
    type=click.Choice(("table", "wide", "json", "yaml", "name")),
    default="table",
    help="Form of the answer.",
)
