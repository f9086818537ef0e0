"""The program of events beside the real Gitea: a town on this machine, its receiver as a process that can be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.gitea import free_port
from harness.place import Place

from workflows.local.home import Home
from workflows.local.town import LocalTown

AGENT = """\
set -eu
echo "$GASTOWN_BEAD" >"$GASTOWN_BEAD.txt"
git add --all
git commit --quiet --message "Do $GASTOWN_BEAD"
"""


@dataclass(slots=True)
class Town:
    """One user's town, in whose name command lines are run."""

    root: Path
    place: Place
    receivers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def settle(self) -> "Town":
        """Make the home, the agent and the token."""
        (self.root / "home").mkdir()
        (self.root / "agent.sh").write_text(AGENT, encoding="utf-8")
        (self.root / "token").write_text(self.place.site.tokens["bot"], encoding="utf-8")
        (self.root / "admin").write_text(self.place.site.tokens["owner"], encoding="utf-8")
        return self

    @property
    def environ(self) -> dict[str, str]:
        """The environment of all its processes."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root / "home"),
            "GASTOWN_HOME": str(self.root / "town"),
            "GASTOWN_LOCAL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def type(self, *words: str) -> str:
        """Run a command line; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "kubectl_gt", *words],
            capture_output=True,
            text=True,
            env=self.environ,
            cwd=self.root,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def rig(self) -> None:
        """The first command."""
        agent = f"sh {self.root}/agent.sh {{prompt_file}}"
        self.type(
            "rig",
            "create",
            "app",
            "--git-url",
            self.place.site.clone_url("bot", self.place.name),
            "--agent-command",
            agent,
        )

    def connect(self, port: int, *more: str) -> None:
        """The second command."""
        self.type(
            "rig",
            "connect",
            "app",
            "--forge",
            "gitea",
            "--token-file",
            "token",
            "--admin-token-file",
            "admin",
            "--url",
            f"http://127.0.0.1:{port}",
            *more,
        )

    def serve(self, port: int, *more: str, poll: str = "1h") -> subprocess.Popen[bytes]:
        """The third command; returns once it listens."""
        log = self.root / f"receiver-{len(self.receivers)}.log"
        words = ("events", "serve", "--port", str(port), "--poll", poll, *more)
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "kubectl_gt", *words],
                env=self.environ,
                cwd=self.root,
                stderr=file,
            )
        self.receivers.append(process)
        until(
            lambda: b"Listening" in log.read_bytes() or process.poll() is not None,
            "the receiver listens",
            240,
        )
        assert process.poll() is None, log.read_text(encoding="utf-8")
        return process

    def convoys(self) -> list[Any]:
        """All convoys, as they are stored."""
        local = LocalTown(Home(self.root / "town"))
        try:
            return local.store.resources("Convoy")
        finally:
            local.store.close()

    def end(self) -> None:
        """End all receivers."""
        for process in self.receivers:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def until(condition: Callable[[], object], what: str, patience: float = 120.0) -> Any:
    """Wait for something to become true; what it is then."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not in {patience:g} s: {what}"
        time.sleep(0.2)
    return found


def port() -> int:
    """A port for a receiver."""
    return free_port()
