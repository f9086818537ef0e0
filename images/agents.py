"""The layers of agents: their programs, as their makers' packages bring them."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from images.errors import Unresolved
from images.tree import Tree, add

CLAUDE = Path(__file__).parent / "npm" / "claude-code"

_NODE = {"amd64": "x64", "arm64": "arm64"}
"""Architecture -> what npm calls it."""


def program(architecture: str) -> str:
    """The package of npm that has Claude Code's native program."""
    return f"@anthropic-ai/claude-code-linux-{_NODE[architecture]}"


def obtainable() -> bool:
    """True where npm is there to bring them."""
    return shutil.which("npm") is not None


def claude(architecture: str) -> Tree:
    """Claude Code's native program, pinned by the lock with hashes. Raises Unresolved, without npm too."""
    if not obtainable():
        raise Unresolved("Claude Code comes from npm, which is not on the PATH: install Node.js")
    with tempfile.TemporaryDirectory(prefix="gastown-npm-") as scratch:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(CLAUDE / name, scratch)
        command = [
            "npm",
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--os=linux",
            f"--cpu={_NODE[architecture]}",
        ]
        done = subprocess.run(
            [*command, "--libc=glibc"], cwd=scratch, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise Unresolved(f"npm ci in {CLAUDE} failed: {done.stderr.strip()[-300:]}")
        native = Path(scratch, "node_modules", program(architecture), "claude")
        tree: Tree = {}
        add(tree, "usr/local/bin/claude", native.read_bytes(), mode=0o755)
        return tree
