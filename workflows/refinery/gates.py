"""Runs the gates on a candidate, in a work tree of its own, with nothing in the environment that a gate could steal."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from workflows.orders import Gate, TrainOrders
from workflows.refinery.repository import lay_borrower
from workflows.steps.errors import GateBroken
from workflows.steps.git import Git
from workflows.steps.private import remove_tree

_SECRET = re.compile(
    r"^(GIT_|GASTOWN_|SSH_|ARGO_|KUBERNETES_)|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY"
)
_GRACE = 10
_TAIL = 2000
_NOT_RUN = (126, 127)
_KILLED = (-signal.SIGKILL, -signal.SIGTERM, 128 + signal.SIGKILL, 128 + signal.SIGTERM)


class Red(NamedTuple):
    """Why a candidate does not pass: the gate, how it ended, and the end of what it printed."""

    gate: str
    how: str
    tail: str
    missing: bool = False


class Gates(NamedTuple):
    """All gates of a train, run in order until one is red. `log` keeps everything that they printed, `told` gets it too."""

    git: Git
    train: TrainOrders
    store: Path
    tree: Path
    log: Path
    told: BinaryIO
    environ: Mapping[str, str]

    def run(self, commit: str, what: str) -> Red | None:
        """None when all pass. Raises GateBroken when the machine stopped one, which says nothing about the commit."""
        self._check_out(commit)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        return next(filter(None, (self._settled(gate, commit, what) for gate in self.train.gates)), None)

    def _settled(self, gate: Gate, commit: str, what: str) -> Red | None:
        """None as soon as one of its runs passes; a red gate has as many as the refinery allows a flaky one."""
        for _ in range(self.train.flaky):
            if self._gate(gate, commit, what) is None:
                return None
            self._check_out(commit)
        return self._gate(gate, commit, what)

    def _check_out(self, commit: str) -> None:
        """A fresh tree for every candidate: what one left behind must not help the next."""
        remove_tree(self.tree)
        directory = self.tree / ".git"
        lay_borrower(directory, self.store)
        (directory / "HEAD").write_text(f"{commit}\n", encoding="ascii")
        git = self.git.having(GIT_DIR=directory, GIT_WORK_TREE=self.tree).within(self.tree)
        git.run("reset", "--quiet", "--hard", commit, "--")

    def _gate(self, gate: Gate, commit: str, what: str) -> Red | None:
        headline = f"--- gate {gate.name} on {what} ({commit[:12]}): {gate.command}\n".encode()
        self.told.write(headline)
        self.told.flush()
        with self.log.open("ab") as stream:
            stream.write(headline)
            stream.flush()
            start = stream.tell()
            code = self._command(gate, stream.fileno())
        self._tell(start)
        return self._judged(gate, code, self._tail(start))

    def _command(self, gate: Gate, output: int) -> int | None:
        """The exit code, or None after the gate's timeout; nothing it started outlives it."""
        process = subprocess.Popen(
            ("sh", "-c", gate.command),
            cwd=self.tree,
            env=scrubbed(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(gate.timeout)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end(process)

    def _judged(self, gate: Gate, code: int | None, tail: str) -> Red | None:
        if code == 0:
            return None
        if code is None:
            return Red(gate.name, f"did not end within {gate.timeout} s", tail)
        if code in _KILLED:
            raise GateBroken(
                f"gate {gate.name} was killed (code {code}), perhaps for lack of memory: give the refinery more, run again"
            )
        return Red(gate.name, f"ended with code {code}", tail, missing=code in _NOT_RUN)

    def _tell(self, start: int) -> None:
        """Where people look for it: in the log of the container."""
        with self.log.open("rb") as stream:
            stream.seek(start)
            shutil.copyfileobj(stream, self.told)
        self.told.flush()

    def _tail(self, start: int) -> str:
        with self.log.open("rb") as stream:
            stream.seek(max(start, self.log.stat().st_size - _TAIL))
            return stream.read().decode("utf-8", "replace").strip()


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for code that agents wrote: no credentials, none of our own variables."""
    kept = {key: value for key, value in environ.items() if not _SECRET.search(key.upper())}
    return {**kept, "CI": "true"}


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the gate's whole session: politely while its leader runs, for good after the grace."""
    if process.poll() is None:
        _signal(process.pid, signal.SIGTERM)
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            _signal(process.pid, signal.SIGKILL)
            process.wait()
    _signal(process.pid, signal.SIGKILL)


def _signal(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
