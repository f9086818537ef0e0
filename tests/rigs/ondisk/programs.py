"""Our programs, as forks of a process that has their modules loaded (`forks.py`): Python's start is most of what a short one costs."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

FOLDER = Path(__file__).parent
PLACE = "GASTOWN_TEST_FORKS"
"""Variable with the folder of the process that forks: its socket, and a Python that asks it."""

ROOM = " " * (1 << 15)
"""For what forks show of themselves: their command lines and environments stand where those of the process that forks were."""

COMMANDS = (
    "kubectl_gt.main",
    "kubectl_gt.commands.convoy.create",
    "kubectl_gt.commands.convoy.run",
    "kubectl_gt.commands.rig.create",
    "kubectl_gt.commands.sling",
    "kubectl_gt.machine.login",
    "kubectl_gt.machine.town",
    "kubectl_gt.show.watching",
    "tomllib",
    "workflows.compile",
    "workflows.local.running.background",
    "ondisk.models",
)
"""Modules of commands, and of the runners that they start."""


@contextmanager
def forker() -> Iterator[None]:
    """The process that forks, which pytest's processes find by the environment, until the end of the tests."""
    with tempfile.TemporaryDirectory(prefix="forks-") as folder, ExitStack() as stack:
        listening = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        listening.bind(f"{folder}/socket")
        listening.listen(socket.SOMAXCONN)
        ours, theirs = (stack.enter_context(each) for each in socket.socketpair())
        script = Path(folder, "python")
        script.write_text(_asking(f"{folder}/socket"))
        script.chmod(0o700)
        Path(folder, "gastown").symlink_to(Path(sys.executable).with_name("gastown"))
        given = (theirs.fileno(), listening.fileno())
        process = subprocess.Popen(
            (sys.executable, "-P", FOLDER / "forks.py", *map(str, given), ROOM),
            cwd="/",
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(FOLDER.parent), "ROOM": ROOM},
            stdin=subprocess.DEVNULL,
            pass_fds=given,
        )
        os.environ[PLACE] = folder
        try:
            yield
        finally:
            ours.close()
            process.wait()


def _asking(place: str) -> str:
    """A Python that asks a socket for forks. In sh, as the line that names an interpreter takes no path with spaces."""
    folder = str(FOLDER)
    program = f"import sys; sys.path.append({folder!r}); from launcher import main; main({sys.executable!r}, {place!r}, {COMMANDS!r})"
    return f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -IS -c {shlex.quote(program)} "$@"\n'


@dataclass
class Ran:
    """One finished program; a negative code is the signal that ended it."""

    code: int
    out: str
    err: str


class Running:
    """A program that runs, until its end is taken or it is killed. `connection` tells its session, and then its exit code."""

    def __init__(self, connection: socket.socket, out: IO[bytes], err: IO[bytes], opened: ExitStack) -> None:
        self._connection, self._out, self._err = connection, out, err
        self._opened = opened
        self._channel = opened.enter_context(connection.makefile("rwb"))

    def begin(self, told: Mapping[str, object]) -> Self:
        """Tell it what it is."""
        self._channel.write(json.dumps(told).encode() + b"\n")
        self._channel.flush()
        self._session = int(self._channel.readline())
        return self

    def wait(self, seconds: float) -> Ran:
        """Its end. Raises TimeoutError, after which it no longer runs."""
        self._connection.settimeout(seconds)
        try:
            code = int(self._channel.readline())
        except TimeoutError:
            self.kill()
            raise
        with self._opened:
            self._out.seek(0)
            self._err.seek(0)
            return Ran(code, self._out.read().decode(), self._err.read().decode())

    def kill(self) -> None:
        """End it, and what it started in its session."""
        with self._opened, suppress(ProcessLookupError):
            os.killpg(self._session, signal.SIGKILL)


class Programs:
    """Runs forks that have `modules` loaded: no `__main__`, as that runs anew in each fork. With `warm` what they start by their Python is a fork, too."""

    def __init__(self, *modules: str, warm: bool = False) -> None:
        self._modules = json.dumps(modules).encode()
        place = Path(os.environ[PLACE])
        self.warm = str(place / "python")
        self._python = self.warm if warm else sys.executable
        self._control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.connect(str(place / "socket"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()

    def run(
        self,
        module: str,
        arguments: Sequence[str],
        *,
        directory: Path,
        environ: Mapping[str, str],
        seconds: float,
        text: str = "",
        user: tuple[int, int] | None = None,
    ) -> Ran:
        """Run `python -m module` to its end, as root also as another user and group. Raises TimeoutError, after which it no longer runs."""
        running = self.start(module, arguments, directory=directory, environ=environ, text=text, user=user)
        return running.wait(seconds)

    def start(
        self,
        module: str,
        arguments: Sequence[str],
        *,
        directory: Path,
        environ: Mapping[str, str],
        text: str = "",
        user: tuple[int, int] | None = None,
    ) -> Running:
        """Start `python -m module`."""
        told = {
            "user": user,
            "module": module,
            "arguments": [*arguments],
            "directory": str(directory),
            "environ": {**environ},
            "python": self._python,
        }
        ours, theirs = socket.socketpair()
        with ExitStack() as stack, tempfile.TemporaryFile() as stdin, theirs:
            out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(2))
            stdin.write(text.encode())
            stdin.seek(0)
            streams = [each.fileno() for each in (theirs, stdin, out, err)]
            socket.send_fds(self._control, [self._modules], streams)
            return Running(stack.enter_context(ours), out, err, stack.pop_all()).begin(told)
