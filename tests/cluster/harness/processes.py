"""Talks to the supervisor: starts it, asks it for processes, and names the one that died."""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil
from harness import folders
from harness.errors import Broken
from harness.site import Mode, Site

TAIL = 12
"""Lines of a dead process's log that go into the message."""

NAMESPACES = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")


@dataclass(frozen=True, slots=True)
class Program:
    """A process to run: its name, which is also its log's, its command and what it needs in its environment."""

    name: str
    command: Sequence[str | Path]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Process:
    """What the supervisor knows of a process; `code` is None while it runs, `asked` if it was told to end."""

    name: str
    pid: int
    code: int | None
    asked: bool

    @property
    def dead(self) -> bool:
        """True where it ended by itself."""
        return self.code is not None and not self.asked


class Processes:
    """The processes of one cluster."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def begin(self) -> None:
        """Start the supervisor, in namespaces of its own in full mode. Raises Broken if it doesn't come up."""
        self._site.logs.mkdir(parents=True, exist_ok=True)
        log = self._site.logs / "supervisor.log"
        command = [sys.executable, "-m", "harness.supervisor", str(self._site.folder), self._site.mode]
        if self._site.mode is Mode.FULL:
            command = [*NAMESPACES, "--", *command]
        with log.open("ab") as words:
            subprocess.run(
                ["setsid", "--fork", *command],
                env={**os.environ, "PYTHONPATH": str(folders.TESTS)},
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                cwd="/",
                check=True,
            )
        try:
            until(lambda: self.alive, "the supervisor", seconds=10)
        except Broken as late:
            raise Broken(f"{late}\n{tail(log)}") from None

    @property
    def alive(self) -> bool:
        """True where the supervisor answers."""
        return self.root is not None

    @property
    def root(self) -> int | None:
        """The supervisor's process id as this process sees it, or None where none answers."""
        try:
            with self._connect() as link:
                peer = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        except OSError:
            return None
        pid: int = struct.unpack("3i", peer)[0]
        return pid

    def start(self, program: Program) -> None:
        """Start a program unless it runs already."""
        command = [str(part) for part in program.command]
        if self._site.mode is not Mode.FULL:
            command = ["setpriv", "--pdeathsig", "KILL", *command]
        self._ask(do="start", name=program.name, argv=command, env=program.environment)

    def revive(self, name: str) -> None:
        """Start a process that ended again, as it was started."""
        self._ask(do="revive", name=name)

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal that does not end the process, such as SIGSTOP and SIGCONT."""
        self._ask(do="signal", name=name, number=number, end=False)

    def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """End a process, and wait until it is gone."""
        self._ask(do="signal", name=name, number=number, end=True)
        until(lambda: self.find(name).code is not None, f"the end of {name}", seconds=30)

    def find(self, name: str) -> Process:
        """The process of this name. Raises Broken where none was ever started."""
        for process in self.all():
            if process.name == name:
                return process
        raise Broken(f"no process is called {name}: `harness status` lists them")

    def all(self) -> list[Process]:
        """Every process, in the order of their first start."""
        return [Process(**raw) for raw in self._ask(do="list")]

    def check(self) -> None:
        """Raise Broken, naming the dead process and quoting the end of its log, if any died."""
        for process in self.all():
            if process.dead:
                message = f"{process.name} died ({_ending(process.code or 0)}): run `harness down`, then `up`"
                raise Broken(f"{message}\n{tail(self._site.logs / f'{process.name}.log')}")

    def await_ready(self, what: str, ready: Callable[[], bool], seconds: float = 180) -> None:
        """Wait until something is true, seeing at once if a process dies meanwhile. Raises Broken."""

        def look() -> bool:
            self.check()
            return ready()

        until(look, what, seconds=seconds)

    def end(self) -> None:
        """Kill everything at once. The kernel does the rest: process 1 takes its namespaces along."""
        root = self.root
        if root is None:
            return
        process = psutil.Process(root)
        family = process.children(recursive=True)
        process.kill()
        psutil.wait_procs([process, *family], timeout=30)

    def _connect(self) -> socket.socket:
        link = socket.socket(socket.AF_UNIX)
        try:
            link.settimeout(10)
            link.connect(str(self._site.socket))
        except OSError:
            link.close()
            raise
        return link

    def _ask(self, **request: Any) -> Any:
        try:
            with self._connect() as link, link.makefile("rw", encoding="utf-8") as stream:
                stream.write(json.dumps(request) + "\n")
                stream.flush()
                reply = json.loads(stream.readline())
        except OSError as error:
            raise Broken(f"no {self._site.mode} cluster runs ({error}): run `harness up`") from None
        if isinstance(reply, dict) and "error" in reply:
            raise Broken(f"the supervisor refused {request.get('name')}: {reply['error']}")
        return reply


SHORTEST_LOOK, LONGEST_LOOK = 0.05, 0.5
"""Seconds between two looks at what is waited for; between them a tenth of the wait so far, as a look may cost both sides some work."""


def until(condition: Callable[[], bool], what: str, *, seconds: float) -> None:
    """Wait until a condition holds. Raises Broken, naming what did not come."""
    began = monotonic()
    while not condition():
        waited = monotonic() - began
        if waited > seconds:
            raise Broken(f"waited {seconds:.0f} s for {what}: see the logs, then `harness down` and `up`")
        sleep(min(max(waited / 10, SHORTEST_LOOK), LONGEST_LOOK))


def tail(log: Path) -> str:
    """The last lines of a log."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"  | {line}" for line in lines[-TAIL:])


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
