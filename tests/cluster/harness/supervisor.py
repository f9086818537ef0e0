"""The parent of every process of a cluster. In full mode it is process 1 of the cluster's own namespaces.

So ending it ends everything: the kernel kills what is left in its process namespace, pods and runtimes included, and
with the last process the mounts and network devices go. It answers one line of JSON per connection on its socket.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RARELY = {"GOGC": "400"}
"""The Go programs collect their garbage at five times what is alive: an apiserver spends a third of its time on it else."""


@dataclass(slots=True)
class Child:
    """A process that was asked for by name. `code` is None while it runs."""

    process: "subprocess.Popen[bytes]"
    argv: list[str]
    env: dict[str, str]
    code: int | None = None
    asked: bool = False

    def report(self, name: str) -> dict[str, Any]:
        """What `list` answers about it; `asked` tells a wanted end from a death."""
        return {"name": name, "pid": self.process.pid, "code": self.code, "asked": self.asked}


class Supervisor:
    """Starts, reaps and reports the processes; everything else is decided by who talks to the socket."""

    def __init__(self, folder: Path) -> None:
        self._logs = folder / "logs"
        self._children: dict[str, Child] = {}
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(folder / "supervisor.sock"))
        self._server.listen(16)
        self._wake, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._end)

    def serve(self) -> None:
        """Answer requests and reap the dead, orphans of others included, for as long as the cluster lives."""
        while True:
            ready, _, _ = select.select([self._server.fileno(), self._wake], [], [])
            if self._wake in ready:
                os.read(self._wake, 4096)
                self._reap()
            if self._server.fileno() in ready:
                self._answer()

    def _answer(self) -> None:
        connection, _ = self._server.accept()
        connection.settimeout(5)
        # A caller that only wants to know who listens hangs up without a word, and must not end the cluster.
        with contextlib.suppress(OSError), connection, connection.makefile("rw", encoding="utf-8") as stream:
            line = stream.readline()
            if line:
                stream.write(json.dumps(self._obey(json.loads(line))) + "\n")
                stream.flush()

    def _obey(self, request: dict[str, Any]) -> Any:
        try:
            return getattr(self, f"do_{request.pop('do')}")(**request)
        except (OSError, KeyError, TypeError, AttributeError) as error:
            return {"error": f"{type(error).__name__}: {error}"}

    def do_start(self, *, name: str, argv: list[str], env: dict[str, str]) -> dict[str, Any]:
        """Start a process, or do nothing where one of this name runs."""
        old = self._children.get(name)
        if old is None or old.code is not None:
            with (self._logs / f"{name}.log").open("ab") as log:
                process = subprocess.Popen(
                    argv,
                    env={**RARELY, **os.environ, **env},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                )
            self._children[name] = Child(process, argv, env)
        return self._children[name].report(name)

    def do_revive(self, *, name: str) -> dict[str, Any]:
        """Start a process that ended once more, as it was started."""
        child = self._children[name]
        return self.do_start(name=name, argv=child.argv, env=child.env)

    def do_signal(self, *, name: str, number: int, end: bool) -> dict[str, Any]:
        """Send a signal; `end` says that the process is meant to end by it."""
        child = self._children[name]
        child.asked = child.asked or end
        if child.code is None:
            child.process.send_signal(number)
        return child.report(name)

    def do_list(self) -> list[dict[str, Any]]:
        """Every process that was ever started, in the order of their first start."""
        return [child.report(name) for name, child in self._children.items()]

    def _reap(self) -> None:
        by_pid = {child.process.pid: child for child in self._children.values() if child.code is None}
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in by_pid:
                child = by_pid[pid]
                child.code = child.process.returncode = os.waitstatus_to_exitcode(status)

    def _end(self, *_: object) -> None:
        for child in self._children.values():
            if child.code is None:
                child.process.kill()
        os._exit(0)


def give_way() -> None:
    """Let the other cluster go first: tests of a light one are done sooner, and its pods are only played."""
    os.nice(3)
    group = Path("/proc/self/autogroup")  # the kernel weighs sessions before it weighs their processes
    if group.is_file():
        with contextlib.suppress(OSError):
            group.write_text("3", encoding="ascii")


if __name__ == "__main__":
    if "light" in sys.argv[2:]:
        give_way()
    Supervisor(Path(sys.argv[1])).serve()
