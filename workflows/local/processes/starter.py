"""Starts our steps as forks of one process that has them loaded: Python's own start was most of what a bead cost."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from workflows.steps.preloaded import START

MARK = "GASTOWN_POD"
"""Variable that every process of a pod carries, so that what a killed runner left behind can be found."""

TRIES = 2
"""Starts of one step: the process behind the starter may end between two steps."""

IDLE = 5.0
"""Seconds that it is kept for the next step: people may be waited for for weeks."""

KILLED = 137
"""The exit code, as Kubernetes tells it, of a step that ended without telling one."""


def inherited() -> dict[str, str]:
    """The user's own environment, for their log-ins and tools."""
    return {key: value for key, value in os.environ.items() if not key.startswith("GASTOWN_")}


class Step:
    """One running step, as asyncio shows a process."""

    def __init__(self, pid: int, end: "asyncio.Task[int]") -> None:
        self.pid = pid
        self._end = end

    @property
    def returncode(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._end.result() if self._end.done() else None

    async def wait(self) -> int:
        """Wait for its end; its exit code."""
        return await asyncio.shield(self._end)


class Starter:
    """Starts the steps of one runner. The process behind it may be killed: steps that run then run on, and the next start makes another."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._needed = 0.0

    def rest(self, *, needed: bool) -> None:
        """Called now and then: ends the process where nothing has needed it for a while."""
        now = time.monotonic()
        if needed:
            self._needed = now
        elif now - self._needed > IDLE:
            self.close()

    async def start(
        self, arguments: Sequence[str], *, directory: Path, environment: Mapping[str, str], log: BinaryIO
    ) -> Step:
        """Start a step in a session of its own. Raises OSError."""
        for _ in range(TRIES):
            reader, writer = await asyncio.open_unix_connection(sock=self._forked(log))
            told = {"arguments": [*arguments], "directory": str(directory), "environment": {**environment}}
            try:
                pid = await reader.readline()
                writer.write(json.dumps(told).encode() + b"\n")
            except BaseException:
                writer.close()  # a step that was told nothing ends by itself
                raise
            if pid:
                return Step(int(pid), asyncio.create_task(_end(reader, writer)))
            writer.close()
            self.close()
        raise OSError("the process that starts steps ended; see the runner's log")

    def close(self) -> None:
        """Start no more."""
        if self._control and self._process:
            self._control.close()
            self._process.wait()
            self._control = None

    def _forked(self, log: BinaryIO) -> socket.socket:
        """Our end of a new step's channel."""
        ours, theirs = socket.socketpair()
        with theirs:
            descriptors = [theirs.fileno(), log.fileno()]
            try:
                socket.send_fds(self._served(), [START], descriptors)
            except BrokenPipeError:
                self.close()
                socket.send_fds(self._served(), [START], descriptors)
        return ours

    def _served(self) -> socket.socket:
        if self._control is None:
            self._control, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(
                    (sys.executable, "-P", "-m", "workflows.steps.preloaded", str(theirs.fileno())),
                    cwd="/",
                    env=inherited() | {MARK: self._mark},
                    stdin=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
        return self._control


async def _end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    try:
        code = await reader.readline()
    except OSError:
        return KILLED
    finally:
        writer.close()
    return int(code) if code else KILLED
