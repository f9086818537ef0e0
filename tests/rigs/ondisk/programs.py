"""Our programs, as forks of one process that has their modules loaded: Python's start is most of what a short one costs.

A fork has its own session, environment, folder and files, and is seen to end or to be killed as a program of its own is. What another
process sees of it from outside (`/proc`, `ps`) is the process that forks: where that matters a test starts a program.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

CHANNEL_AND_STREAMS = 4


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
    """The process that forks, until the end of the tests. `modules` are what it loads: no `__main__`, as that runs anew in each fork."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._start()

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                (sys.executable, "-P", __file__, str(theirs.fileno()), *self._modules),
                cwd="/",
                env={"PATH": os.environ["PATH"]},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()
        self._process.wait()

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
        }
        ours, theirs = socket.socketpair()
        with ExitStack() as stack, tempfile.TemporaryFile() as stdin, theirs:
            out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(2))
            stdin.write(text.encode())
            stdin.seek(0)
            self._ask([each.fileno() for each in (theirs, stdin, out, err)])
            return Running(stack.enter_context(ours), out, err, stack.pop_all()).begin(told)

    def _ask(self, streams: list[int]) -> None:
        """A gate that ran in the test's own process has ended all that was below it, the process that forks too: then another is started."""
        try:
            socket.send_fds(self._control, [b"r"], streams)
        except BrokenPipeError:
            self.__exit__()
            self._start()
            socket.send_fds(self._control, [b"r"], streams)


def serve(control: socket.socket, modules: Iterable[str]) -> None:
    """Fork for each that asks, until nobody can ask any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    while True:
        message, given, _, _ = socket.recv_fds(control, 1, CHANNEL_AND_STREAMS)
        if not message:
            return
        for each in given:
            os.set_inheritable(each, False)  # noqa: FBT003
        if not os.fork():
            control.close()
            _watch(*given)
        for each in given:
            os.close(each)


def _watch(descriptor: int, *streams: int) -> None:
    """Lead the session of one program: start it, and tell how it ended."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with socket.socket(fileno=descriptor) as channel, channel.makefile("rwb") as lines:
        told = json.loads(lines.readline())
        program = os.fork()
        if not program:
            _become(*streams, **told)
        lines.write(f"{os.getpid()}\n".encode())
        lines.flush()
        for each in streams:
            os.close(each)
        _, status = os.waitpid(program, 0)
        lines.write(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        lines.flush()
    os._exit(0)


def _become(
    *streams: int,
    module: str,
    arguments: list[str],
    directory: str,
    environ: dict[str, str],
    user: tuple[int, int] | None,
) -> None:
    code = 1
    try:
        for number, each in enumerate(streams):
            os.dup2(each, number)
            os.close(each)
        if user:
            os.setgroups([])
            os.setgid(user[1])
            os.setuid(user[0])
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(environ)
        sys.argv[1:] = arguments
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = _code(end.code)
    except BaseException:  # noqa: BLE001 - the end of the process, as in a program of its own
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _code(told: object) -> int:
    """What Python makes of the argument of `sys.exit`."""
    if isinstance(told, str):
        sys.stderr.write(f"{told}\n")
        return 1
    return told if isinstance(told, int) else 0


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
