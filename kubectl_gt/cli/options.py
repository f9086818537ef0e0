"""Options that several verbs share, so that they are spelled and explained the same everywhere."""

from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

import click

from kubectl_gt.cli import arguments, names
from kubectl_gt.durations import Duration

F = TypeVar("F", bound=Callable[..., Any])

WAITS = ("scheduled", "merged")
"""What a wait may be for: an agent at work, or the end."""

THEMES = ("mad-max", "minerals", "wasteland")


class WorkOptions(TypedDict):
    """How the work of a convoy is done; absent is as the rig says."""

    agent: str | None
    agent_command: str | None
    model: str | None
    fallback_models: tuple[str, ...]
    theme: str | None
    base_branch: str | None
    max_polecats: int
    budget: float | None
    hold: bool
    dry_run: bool
    output: str
    wait: bool
    wait_until: str | None
    timeout: float | None
    name: str | None
    notify: str | None


def _agent(otherwise: str) -> tuple[Callable[[F], F], ...]:
    """Who works, and with which models."""
    return (
        click.option(
            "--agent",
            shell_complete=names.agents,
            help=f"Agent that works the beads; {otherwise}.",
        ),
        click.option(
            "--agent-command", help="Command to run as the agent, such as './agent.sh {prompt_file}'."
        ),
        click.option("--model", help="Model that the agent shall use."),
        click.option(
            "--fallback-model",
            "fallback_models",
            multiple=True,
            help="Model to go on with when the one before is at its limit or is not there; may be repeated.",
        ),
    )


def work(run: F) -> F:
    """The options of whatever makes a convoy."""
    options = (
        click.option("--name", type=arguments.CONVOY, help="Its name; of one bead also the polecat's."),
        *_agent("the rig's when absent"),
        click.option(
            "--theme", type=click.Choice(THEMES), help="Names that polecats get; the rig's theme when absent."
        ),
        click.option("--base-branch", help="Branch to start from and to merge into; the rig's when absent."),
        click.option(
            "--max",
            "max_polecats",
            type=arguments.Whole(min=0),
            default=0,
            help="Polecats at once; 0 for as many as the rig allows.",
        ),
        click.option(
            "--budget",
            type=arguments.Amount(min=0, min_open=True),
            help="US dollars that it may spend on models in all.",
        ),
        click.option(
            "--notify",
            metavar="COMMAND",
            help="Command to run on this machine for a question, a failure, expired credentials, most of the budget spent, and the end.",
        ),
        click.option(
            "--hold",
            is_flag=True,
            help="Keep finished work in the queue until you `land` it, or `reject` it.",
        ),
        click.option("--dry-run", is_flag=True, help="Print what Argo would get, and change nothing."),
        click.option(
            "-o", "--output", type=click.Choice(("yaml", "json")), default="yaml", help="Form of the dry run."
        ),
        click.option(
            "--wait",
            is_flag=True,
            help="Show it until it ends, and exit with its outcome; --wait=scheduled until an agent is at work.",
        ),
        click.option("--wait-until", type=click.Choice(WAITS), hidden=True),
        click.option(
            "--timeout", type=Duration(), help="With a wait: how long at most, such as 30m; 0 for ever."
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


class RigOptions(TypedDict):
    """How beads of a rig are worked, as `rig create` and `rig set` take it; absent is as it was, or as the model's defaults say."""

    base_branch: str | None
    gates: tuple[str, ...]
    agent: str | None
    agent_command: str | None
    model: str | None
    fallback_models: tuple[str, ...]
    max_polecats: int | None
    theme: str | None
    git_secret: str | None
    signing_key: str | None
    gate_cache: str | None
    write_back: bool | None


def rig(run: F) -> F:
    """The options of what makes or changes a rig."""
    options = (
        click.option(
            "--base-branch", help="Branch to start from and to merge into; the repository's own when absent."
        ),
        click.option(
            "--gate",
            "gates",
            multiple=True,
            metavar="NAME=COMMAND",
            help="Command that every merge must pass; may be repeated.",
        ),
        *_agent("claude-code when absent"),
        click.option(
            "--max-polecats",
            type=arguments.Whole(1, 100),
            help="Polecats at once, over all convoys; 8 when absent.",
        ),
        click.option(
            "--theme", type=click.Choice(THEMES), help="Names that polecats get; mad-max when absent."
        ),
        click.option("--git-secret", help="Secret with the key to the repository, in a cluster."),
        click.option(
            "--gate-cache",
            is_flag=False,
            flag_value="",
            metavar="[CLAIM]",
            help="Keep what gates download and compile between runs; in a cluster on this PersistentVolumeClaim.",
        ),
        click.option(
            "--write-back/--no-write-back",
            default=None,
            help="Close beads in the repository's bead file when they are merged, in the same push.",
        ),
        click.option(
            "--signing-key",
            help="ssh key that merged commits are signed with: a file on one machine, in a cluster a Secret that has it as ssh-privatekey.",
        ),
    )
    for option in reversed(options):
        run = option(run)
    return run


def listed(*phases: str) -> Callable[[F], F]:
    """The options of a list of things that have these phases."""

    def add(run: F) -> F:
        for option in (
            click.option(
                "-w", "--watch", is_flag=True, help="Go on with a line for each change; Ctrl-C ends it."
            ),
            click.option("--active", is_flag=True, help="Only those that have not ended."),
            click.option(
                "--phase",
                multiple=True,
                type=click.Choice(phases, case_sensitive=False),
                help="Only those in this phase; may be repeated.",
            ),
        ):
            run = option(run)
        return run

    return add


of_rig = click.option("--rig", shell_complete=names.rigs, help="Only those of this rig.")
