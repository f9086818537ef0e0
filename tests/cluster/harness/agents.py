"""The layers that make an agent's image of the base: the scripted agent, and the real Claude Code as npm brings it."""

import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

from harness import folders
from harness.errors import BuildFailed
from harness.layers import Layer, copy_program, layer

NPM = folders.PROJECT / "images" / "npm" / "claude-code"
SCRIPTED = folders.TESTS / "agents" / "scripted-agent"

_HIDDEN = ("python3", "python3.11", "perl")
"""Interpreters that an agent's image need not have: ours must do with sh and git."""


def scripted() -> Layer:
    """An agent that runs the commands its prompt holds, in an image without Python."""

    def fill(root: Path) -> None:
        copy_program(SCRIPTED, root, "usr/local/bin/scripted-agent")
        for name in _HIDDEN:
            hide = root / "usr/bin" / f".wh.{name}"
            hide.parent.mkdir(parents=True, exist_ok=True)
            hide.touch()

    return layer("agent", f"{_HIDDEN} {SCRIPTED.read_text(encoding='utf-8')}", fill)


def claude() -> Layer | None:
    """Claude Code's native program, pinned by the lock of the released image; None where this machine has no npm."""
    if shutil.which("npm") is None:
        return None
    lock = (NPM / "package-lock.json").read_text(encoding="utf-8")
    return layer("claude", f"{platform.machine()} {lock}", _install_claude)


def _install_claude(root: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="gastown-npm-") as scratch:
        for path in NPM.iterdir():
            shutil.copy(path, scratch)
        command = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BuildFailed(f"npm ci in {NPM} failed: {done.stderr.strip()[-300:]}")
        kind = "arm64" if platform.machine() == "aarch64" else "x64"
        package = Path(scratch) / "node_modules" / "@anthropic-ai" / f"claude-code-linux-{kind}"
        copy_program(package / "claude", root, "usr/local/bin/claude")
