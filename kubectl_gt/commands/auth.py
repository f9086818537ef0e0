"""`auth sync` and `auth status`."""

import dataclasses
from pathlib import Path

import click

from kubectl_gt.cli import options
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.logins import LoginStatus
from kubectl_gt.machine.bundle import PARTS
from kubectl_gt.show.columns import moment
from kubectl_gt.show.output import Column, Form, print_facts, show_one
from kubectl_gt.town import Town
from workflows.clock import utc_now
from workflows.hints import choices

NONE = "none"


def _parts(context: click.Context, parameter: click.Parameter, value: str | None) -> frozenset[str] | None:
    del context, parameter
    if value is None:
        return None
    named = frozenset(each.strip() for each in value.split(",")) - {"", NONE}
    for each in sorted(named - PARTS.keys()):
        raise click.BadParameter(f"{each}: no such part; {choices(each, (*PARTS, NONE))}")
    return named


@click.command(
    cls=Verb,
    examples=("auth sync", "auth sync --with settings,skills,memory", "auth sync --secret model-key"),
)
@click.option(
    "--claude-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("~/.claude"),
    show_default=True,
    help="Directory of Claude Code's settings; only its log-in is taken, and what --with names.",
)
@click.option("--force", is_flag=True, help="Replace a log-in that auth sync did not bring.")
@click.option(
    "--secret",
    default="",
    metavar="NAME",
    help="Secret that was renewed by other means: it is left as it is, and what waits for it goes on.",
)
@click.option(
    "--with",
    "parts",
    callback=_parts,
    metavar="PARTS",
    help=f"What else comes with it, by commas: {', '.join(PARTS)}; none takes all of that away again. "
    "What came before stays when absent.",
)
@with_town
def sync(town: Town, claude_dir: Path, *, force: bool, secret: str, parts: frozenset[str] | None) -> None:
    """Bring Claude Code's log-in to the cluster, as the Secret that polecats get; what waits for credentials goes on.

    On one machine agents use your own log-in: log in with the agent, then let go on what waits.
    """
    click.echo(town.auth.sync(claude_dir.expanduser(), force=force, secret=secret, parts=parts))


@click.command(cls=Verb, examples=("auth status", "auth status -o json"))
@options.output
@with_town
def status(town: Town, output: str) -> None:
    """Tell which log-in the agents use: whose, until when, and for which rigs."""
    show_one(town.auth.status(), LOGIN, output, picture=_picture)


LOGIN: Form[LoginStatus] = Form(
    kind="login",
    columns=(
        Column("LOGIN", lambda login: login.place),
        Column("FOUND", lambda login: "yes" if login.found else "no"),
        Column("ACCOUNT", lambda login: login.account),
        Column("EXPIRES", lambda login: moment(login.expires)),
        Column("RIGS", lambda login: ", ".join(login.rigs)),
    ),
    name=lambda login: login.place,
    json=lambda login: (
        {key: value for key, value in dataclasses.asdict(login).items() if key != "advice"}
        | {"expires": login.expires.isoformat() if login.expires else None}
    ),
)


def _picture(login: LoginStatus) -> None:
    print_facts(
        [
            ("Claude Code", login.program),
            ("Log-in", login.words),
            ("Account", " ".join(part for part in (login.account, login.plan and f"({login.plan})") if part)),
            ("Expires", _lasts(login)),
            ("Keys", ", ".join(login.keys)),
            ("Last sync", login.synced),
            ("Rigs", ", ".join(login.rigs)),
        ]
    )


def _lasts(login: LoginStatus) -> str:
    if login.expires is None:
        return ""
    over = "; it has run out" if login.expires <= utc_now() else ""
    return f"{moment(login.expires)}{over}{'; the agent renews it by itself' if login.renews else ''}"
