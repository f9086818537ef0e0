"""The real Claude Code, as npm ships it, against a stand-in for the model's API."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

from crds import Convoy, Rig
from workflows.local.home import Home
from workflows.local.town import LocalTown

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "images" / "npm" / "claude-code"
STAND_IN = REPOSITORY / "tests" / "cluster" / "harness" / "model.py"
PORT = 20_000 + os.getpid() % 20_000


@pytest.fixture(scope="module")
def claude() -> Path:
    """The directory that holds the program `claude`, installed once for each content of the lock."""
    if shutil.which("npm") is None:
        pytest.skip("Claude Code comes with npm, and there is no npm on this machine")
    lock = (PACKAGE / "package-lock.json").read_bytes() + platform.machine().encode()
    place = platformdirs.user_cache_path("gastown-argo") / "claude" / hashlib.sha256(lock).hexdigest()[:16]
    if not (place / "done").exists():
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(PACKAGE, place)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=place, check=True, capture_output=True)
        (place / "done").touch()
    return place / "node_modules" / ".bin"


@pytest.fixture
def model() -> Iterator[str]:
    """The address of a model that runs each line of the prompt that starts with `$ `, then says that it is done."""
    address = f"http://127.0.0.1:{PORT}"
    server = subprocess.Popen([sys.executable, STAND_IN, "127.0.0.1", str(PORT)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not _answers(address) and time.monotonic() < deadline:
            time.sleep(0.02)
        yield address
    finally:
        server.kill()
        server.wait()


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=1).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def test_a_bead_is_worked_published_and_merged(
    claude: Path, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claude Code edits and commits in its own clone; what it cost and said stands in the Polecat."""
    monkeypatch.setenv("PATH", f"{claude}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GASTOWN_HOME", str(tmp_path / "town"))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-stand-in")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", model)
    monkeypatch.setenv("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
    monkeypatch.setenv("DISABLE_TELEMETRY", "1")
    origin = _repository(tmp_path)
    town = LocalTown(Home.of_user())
    town.rigs.create(
        Rig.model_validate(
            {"metadata": {"name": "athena"}, "spec": {"gitURL": str(origin), "beadsPrefix": "at"}}
        )
    )
    description = "Run these:\n\n$ echo hello > hello.txt\n$ git add hello.txt\n$ git commit -m 'Say hello'\n"
    bead = {"id": "at-1", "title": "Say hello", "description": description}
    spec = {"description": "one bead", "rigRef": "athena", "beads": [bead]}
    town.convoys.create(Convoy.model_validate({"metadata": {"name": "furiosa"}, "spec": spec}))
    town.convoys.start("furiosa")

    deadline = time.monotonic() + 90
    while town.convoys.get("furiosa").status.phase == "InProgress" and time.monotonic() < deadline:
        time.sleep(0.1)

    polecat = town.polecats.get("furiosa")
    assert ("Done", "Merged") == (polecat.status.phase, polecat.status.reason), polecat.status.summary
    assert "Done as asked." == polecat.status.summary
    assert polecat.status.cost_usd is not None
    assert polecat.status.cost_usd > 0
    assert "hello\n" == _git(origin, "show", "main:hello.txt")
    assert polecat.status.merged_commit == _git(origin, "rev-parse", "main").strip()


def _repository(directory: Path) -> Path:
    origin = directory / "origin.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(origin)], check=True)
    tree = _git(origin, "hash-object", "-t", "tree", "-w", "--stdin").strip()
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org"]
    first = _git(origin, *identity, "commit-tree", tree, "-m", "First").strip()
    _git(origin, "update-ref", "refs/heads/main", first)
    return origin


def _git(repository: Path, *arguments: str) -> str:
    command = ["git", "--git-dir", str(repository), *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL
    ).stdout
