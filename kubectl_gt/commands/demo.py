"""`demo`."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click
from rich.text import Text

from kubectl_gt.cli.command import Verb, program_name
from kubectl_gt.demo import stage, story
from kubectl_gt.exits import Exit
from kubectl_gt.show import console

_NEXT = """
That was a script. With Claude Code (`claude`, logged in) on a repository of yours:

  {program} rig create app --git-url git@github.com:you/app.git --gate 'test=make test'
  {program} sling --text 'Add a --version flag, with a test' app --wait

Beads of `.beads/issues.jsonl` in that repository, in the order of their dependencies, four at once:

  {program} convoy create 'What is ready' --rig app --all-ready --max 4 --wait

All of the demo stands in {directory}; look around with `export GASTOWN_LOCAL=1 GASTOWN_HOME={home}`.
"""

_PATH = """`gastown` is not on your PATH; for this shell: export PATH={folder}:$PATH
For good, as a tool of its own: uv tool install .
"""


@click.command(cls=Verb, examples=("demo", "demo --directory /tmp/citadel"))
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to play; a temporary one when absent.",
)
def demo(directory: Path | None) -> int:
    """Watch eight beads become merged commits: a diamond, a breakdown that is retried, and a conflict that is resolved.

    The agent is a shell script, so it needs no model and no network. Everything happens in one directory, with a town of its own.
    """
    if directory is None:
        place = Path(tempfile.mkdtemp(prefix="gastown-demo-"))
    else:
        place = directory.absolute()
        stage.clear(place)
    stage.build(place)
    program = program_name()
    for arguments in _commands(place):
        code = _play(program, arguments, place)
        if code:
            return code
    _say(f"git -C {story.RIG}.git log --oneline --graph {story.BASE}")
    subprocess.run(
        ["git", "--no-pager", "-C", stage.repository(place), "log", "--oneline", "--graph", story.BASE],
        check=False,
    )
    click.echo(_NEXT.format(program=program, directory=place, home=stage.home(place)))
    folder = Path(sys.executable).parent
    if not shutil.which("gastown") and (folder / "gastown").exists():
        click.echo(_PATH.format(folder=shlex.quote(str(folder))))
    return Exit.OK


def _commands(place: Path) -> tuple[list[str], ...]:
    """What a user would type."""
    agent = f"sh {shlex.quote(str(place / 'agent.sh'))} {{prompt_file}}"
    repository = ["--git-url", f"{story.RIG}.git", "--prefix", "demo"]
    return (
        ["rig", "create", story.RIG, *repository, "--agent-command", agent],
        [
            "convoy",
            "create",
            "Build the citadel",
            *story.ids(),
            "--name",
            story.CONVOY,
            "--max",
            "4",
            "--wait",
        ],
        ["convoy", "graph", story.CONVOY],
    )


def _play(program: str, arguments: list[str], directory: Path) -> int:
    _say(f"{program} {shlex.join(arguments)}")
    environment = os.environ | {"GASTOWN_HOME": str(stage.home(directory)), "GASTOWN_LOCAL": "1"}
    command = [sys.executable, "-P", "-m", "kubectl_gt", *arguments]
    return subprocess.run(command, check=False, cwd=directory, env=environment).returncode


def _say(command: str) -> None:
    console.stdout().print(Text(f"\n$ {command}", style="bold"), soft_wrap=True)
