"""`beads import`: open issues of a forge become lines of a bead file, each once."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict, Unpack

import click

from forges.errors import Unreadable
from forges.fields import listed
from forges.github import shapes
from forges.model import ForgeKind, Issue
from forges.registry import ROWS, Address, connect, credentials
from forges.transports.blocking import Blocking
from kubectl_gt.cli.command import Verb, program_name
from kubectl_gt.typed.issues import Line, existing_lines, imported
from workflows.errors import Missing, Refused, why


class Options(TypedDict):
    """What was typed."""

    into: Path
    prefix: str
    labels: tuple[str, ...]
    token_file: Path | None
    dry_run: bool


@click.command(
    "import",
    cls=Verb,
    examples=(
        "beads import github:you/app --prefix app --label ready",
        "beads import issues.json --prefix app --dry-run",
    ),
)
@click.argument("source", metavar="github:OWNER/REPO|gitea:ADDRESS/OWNER/REPO|FILE")
@click.option(
    "--into",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(".beads/issues.jsonl"),
    show_default=True,
    help="Bead file to add to; made when absent.",
)
@click.option("--prefix", required=True, help="Prefix of the beads' ids, as the rig has it.")
@click.option(
    "--label", "labels", multiple=True, help="Only issues with this label; may be repeated: with all of them."
)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with a token for the forge; public repositories of most forges need none.",
)
@click.option("--dry-run", is_flag=True, help="Print the beads, and change nothing.")
def import_(source: str, **options: Unpack[Options]) -> None:
    """Make beads of open issues: of a forge, or of a file with issues as GitHub's API gives them.

    "Blocked by #12" in an issue's text becomes a dependency. An issue that has a bead already, known by its address,
    is left alone: import as often as you like. Commit the file to let a rig see the beads.
    """
    wanted = set(options["labels"])
    issues = [issue for issue in _issues(source, options) if wanted <= set(issue.labels)]
    if options["dry_run"]:
        there = options["into"].read_text(encoding="utf-8") if options["into"].exists() else ""
        found = imported(issues, existing_lines(there, source=str(options["into"])), prefix=options["prefix"])
        click.echo(_text(found.lines), nl=False)
        return
    with _held(options["into"]) as before:
        existing = existing_lines(before, source=str(options["into"]))
        found = imported(issues, existing, prefix=options["prefix"])
        if found.lines:
            kept = before if not before or before.endswith("\n") else f"{before}\n"
            _replace(options["into"], kept + _text(found.lines))
    click.echo(f"{len(found.lines)} imported into {options['into']}, {found.known} known already")
    for issue, blocker in found.unmet:
        click.echo(
            f"Note: #{issue} is blocked by #{blocker}, which is none of these issues; taken to be done.",
            err=True,
        )
    if found.lines:
        click.echo(f"Commit {options['into']}; then `{program_name()} beads ready` lists them")


def _issues(source: str, options: Options) -> tuple[Issue, ...]:
    kind, colon, rest = source.partition(":")
    if not colon or kind not in set(ROWS):
        return _of_file(Path(source))
    forge = connect(_address(ForgeKind(kind), rest))
    token = options["token_file"].read_text(encoding="utf-8").strip() if options["token_file"] else ""
    connection = Blocking(credentials(token) if token else {})
    label = options["labels"][0] if options["labels"] else ""
    return connection.run(forge.issues.all_open(label=label))


def _address(kind: ForgeKind, rest: str) -> Address:
    """`owner/repo` of the well-known site, or an address that ends in them."""
    if "://" not in rest:
        if ROWS[kind].site:
            return Address(kind=kind, repository=rest)
        rest = f"https://{rest}"
    scheme, _, path = rest.partition("://")
    parts = path.strip("/").split("/")
    if len(parts) < 3:
        raise Refused(
            f"{kind}:{rest}: it names no repository; write {kind}:https://git.example.com/owner/repo"
        )
    return Address(kind=kind, repository="/".join(parts[1:]), api=f"{scheme}://{parts[0]}")


def _of_file(path: Path) -> tuple[Issue, ...]:
    """A JSON list of issues in the form of GitHub's API, such as `gh api --paginate` saves it."""
    if not path.is_file():
        kinds = ", ".join(ROWS)
        raise Missing(
            f"{path}: neither a file nor a forge; forges are written as KIND:OWNER/REPO, KIND one of {kinds}"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        issues = [shapes.issue(each) for each in listed(content, where=str(path))]
    except (ValueError, RecursionError) as error:
        raise Refused(f"{path}: it is not JSON: {why(error)}; name a file as `gh api` saves it") from error
    except Unreadable as error:
        raise Refused(f"{error}; a list of issues as GitHub's API gives them is read") from error
    return tuple(issue for issue in issues if issue.open and not issue.is_pull)


def _text(lines: tuple[Line, ...]) -> str:
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


@contextmanager
def _held(path: Path) -> Iterator[str]:
    """The file's text, while no other import can change it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)  # a lock on the folder leaves no file behind to be committed
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield path.read_text(encoding="utf-8") if path.exists() else ""
    finally:
        os.close(folder)


def _replace(path: Path, text: str) -> None:
    """One rename: a reader sees the old file or the new one."""
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(scratch).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(scratch).rename(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise
