"""The programs of the agents and a gateway to their models, from their registries, installed once for each content of their lock."""

import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from workflows.agents import presets

HERE = Path(__file__).parent.parent
AIDER = HERE.parent.parent / "requirements" / "aider.txt"
CACHE = platformdirs.user_cache_path("gastown-argo") / "agents"
FOLDERS = {"claude-code": "claude"}
AGENTS = tuple(sorted(set(presets()) - {"custom"}))
GATEWAY = "litellm"
FROM_PYPI = ("aider", GATEWAY)


class Programs:
    """Where the programs lie. Tests run in several processes, so all is installed before them, by `python -m trial.install`."""

    def of(self, agent):
        """The directory of an agent's program, or of the gateway's. Skips where it is not to be had."""
        place = place_of(agent)
        if not (place / "done").exists():
            why = place.with_suffix(".why")
            pytest.skip(
                f"{agent} is not here: {why.read_text() if why.exists() else 'run `make test-agents`'}"
            )
        return place / "bin" if agent in FROM_PYPI else place / "node_modules" / ".bin"


def place_of(agent):
    """Named after the content of the lock."""
    lock = _pins(agent) if agent in FROM_PYPI else _source(agent) / "package-lock.json"
    told = lock.read_bytes() + f"{platform.machine()} {sys.version_info[:2]}".encode()
    return CACHE / f"{FOLDERS.get(agent, agent)}-{hashlib.sha256(told).hexdigest()[:16]}"


def install(agent):
    """Install one, unless it is there. Returns why it can't be had, or nothing."""
    place = place_of(agent)
    if (place / "done").exists():
        return ""
    shutil.rmtree(place, ignore_errors=True)
    why = _from_pypi(agent, place) if agent in FROM_PYPI else _from_npm(agent, place)
    if why:
        place.with_suffix(".why").write_text(why)
        return why
    (place / "done").touch()
    return ""


def _from_npm(agent, place):
    if shutil.which("npm") is None:
        return "there is no npm on this machine"
    shutil.copytree(_source(agent), place)
    # Not `npm ci`: it refuses a lock without the packages for systems that a mirror does not serve. What the lock names is verified all the same.
    return _failed("npm", "install", "--no-audit", "--no-fund", "--no-save", cwd=place)


def _from_pypi(agent, place):
    return _failed(sys.executable, "-m", "venv", place) or _failed(
        place / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "-r",
        _pins(agent),
    )


def _pins(agent):
    return AIDER if agent == "aider" else HERE / f"{agent}.txt"


def _source(agent):
    return HERE / "npm" / FOLDERS.get(agent, agent)


def _failed(*command, cwd=None):
    """Why a command failed, in its last line; nothing when it did not."""
    done = subprocess.run(tuple(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False)
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return "" if done.returncode == 0 else (lines[-1] if lines else f"exit code {done.returncode}")


if __name__ == "__main__":
    for each in (*AGENTS, GATEWAY):
        why = install(each)
        sys.stdout.write(f"{each}: {why or 'installed'}\n")
