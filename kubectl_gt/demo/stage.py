"""The demo's directory: what an earlier demo left goes, a bare repository with a first commit and the agent come."""

import json
import shutil
import subprocess
from importlib import resources
from pathlib import Path

from kubectl_gt.demo import story
from workflows.errors import Refused, Unavailable
from workflows.local.home import Home
from workflows.local.processes import daemon
from workflows.local.town import LocalTown

MARK = ".gastown-demo"
_IDENTITY = ("-c", "user.name=Immortan Joe", "-c", "user.email=joe@citadel.example")


def home(directory: Path) -> Path:
    """The root of the demo's own town."""
    return directory / "town"


def repository(directory: Path) -> Path:
    """The bare repository that the rig is made of."""
    return directory / f"{story.RIG}.git"


def clear(directory: Path) -> None:
    """Remove an earlier demo. Raises Refused for a directory that holds anything else, Unavailable while one runs there."""
    if directory.exists() and not (directory / MARK).exists() and any(directory.iterdir()):
        raise Refused(f"{directory}: it holds something that is no demo; choose another --directory")
    if daemon.alive(Home(home(directory)), story.CONVOY):
        LocalTown(Home(home(directory))).convoys.stop(story.CONVOY)
        raise Unavailable(
            f"{directory}: an earlier demo still ran there and was stopped; try again in a moment"
        )
    shutil.rmtree(directory, ignore_errors=True)


def build(directory: Path) -> None:
    """Lay everything out. Raises Unavailable when git does not work."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / MARK).touch()
    script = resources.files("kubectl_gt.demo").joinpath("agent.sh").read_text(encoding="utf-8")
    (directory / "agent.sh").write_text(script, encoding="utf-8")
    seed = directory / "seed"
    lines = "".join(json.dumps(bead) + "\n" for bead in story.beads())
    for name, text in {**story.FILES, ".beads/issues.jsonl": lines}.items():
        (seed / name).parent.mkdir(parents=True, exist_ok=True)
        (seed / name).write_text(text, encoding="utf-8")
    _git(directory, "init", "--quiet", "--bare", f"--initial-branch={story.BASE}", str(repository(directory)))
    _git(seed, "init", "--quiet", f"--initial-branch={story.BASE}")
    _git(seed, "add", "--all")
    _git(
        seed, *_IDENTITY, "-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "Found the citadel"
    )
    _git(seed, "push", "--quiet", str(repository(directory)), story.BASE)
    shutil.rmtree(seed)


def _git(directory: Path, *arguments: str) -> None:
    try:
        subprocess.run(("git", *arguments), cwd=directory, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise Unavailable("git is not installed, or not on PATH; install git 2.38 or newer") from error
    except subprocess.CalledProcessError as error:
        words = " ".join(str(error.stderr).split())
        raise Unavailable(f"git {arguments[0]} in {directory}: {words}; mend git's set-up") from error
