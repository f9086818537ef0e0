"""A real terminal of so many columns: tmux, with a server of its own."""

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

ROWS = 24


class Terminal:
    """Runs one command. Skips the test where there is no tmux."""

    def __init__(self, folder: Path, columns: int, environ: Mapping[str, str], *command: str) -> None:
        if shutil.which("tmux") is None:
            pytest.skip("no tmux here: install the package tmux")
        self._base = ["tmux", "-S", str(folder / "tmux"), "-f", os.devnull]
        told = [
            f"{name}={value}" for name, value in (environ | {"TERM": "screen", "LANG": "C.UTF-8"}).items()
        ]
        line = f"env -u COLUMNS {shlex.join(told)} {shlex.join(command)}; echo ended $?; sleep 60"
        self.run("new-session", "-d", "-x", str(columns), "-y", str(ROWS), line)

    def run(self, *arguments: str) -> str:
        """Ask tmux."""
        done = subprocess.run([*self._base, *arguments], capture_output=True, text=True, check=True)
        return done.stdout

    def press(self, *keys: str) -> None:
        """Type."""
        self.run("send-keys", *keys)

    def screen(self, *more: str) -> str:
        """All that stands there now, what scrolled away too."""
        return self.run("capture-pane", "-p", "-S", "-", *more)

    def until(self, text: str) -> str:
        """Wait for words; the screen with them."""
        deadline = time.monotonic() + 60
        while text not in (seen := self.run("capture-pane", "-p")):
            assert time.monotonic() < deadline, seen
            time.sleep(0.05)
        return seen

    def end(self) -> None:
        """Close it, and what runs there."""
        self.run("kill-server")
