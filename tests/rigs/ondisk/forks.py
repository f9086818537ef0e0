"""The process that forks our programs, one for all of pytest's processes: each set of modules is loaded once, by a child of its own.

A fork has its own session, environment, folder and files, is seen to end or to be killed as a program of its own is, and shows its own
command line and environment to who looks from outside (`/proc`, `ps`).
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

CHANNEL_AND_STREAMS = 4
LONGEST = 1 << 12
"""Bytes of the names of modules."""


class Forker:
    """Hands what is asked for to the child that has its modules loaded, until the tests end."""

    def __init__(self, control: socket.socket, listening: socket.socket) -> None:
        self._control, self._listening = control, listening
        self._children: dict[bytes, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        for each in (control, listening):
            self._selector.register(each, selectors.EVENT_READ)

    def serve(self) -> None:
        """Until the process that started this one is gone."""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait
        while True:
            for key, _ in self._selector.select():
                asking = key.fileobj
                assert isinstance(asking, socket.socket)
                if asking is self._control:
                    return
                if asking is self._listening:
                    self._selector.register(asking.accept()[0], selectors.EVENT_READ)
                else:
                    self._hand_on(asking)

    def _hand_on(self, asking: socket.socket) -> None:
        modules, given, _, _ = socket.recv_fds(asking, LONGEST, CHANNEL_AND_STREAMS)
        if not modules:
            self._selector.unregister(asking)
            asking.close()
            return
        if modules not in self._children:
            self._children[modules] = self._loaded(json.loads(modules), given)
        socket.send_fds(self._children[modules], [b"r"], given)
        for each in given:
            os.close(each)

    def _loaded(self, modules: Iterable[str], given: Iterable[int]) -> socket.socket:
        """The control of a new child, which keeps nothing of who asked for it."""
        ours, theirs = socket.socketpair()
        if os.fork():
            theirs.close()
            return ours
        code = 1
        try:
            for each in (ours, *self._children.values(), *self._open()):
                each.close()
            for descriptor in given:
                os.close(descriptor)
            serve(theirs, modules)
            code = 0
        except BaseException:  # noqa: BLE001 - the end of the process
            traceback.print_exc()
        finally:
            os._exit(code)

    def _open(self) -> list[socket.socket]:
        found = (key.fileobj for key in self._selector.get_map().values())
        return [each for each in found if isinstance(each, socket.socket)]


def serve(control: socket.socket, modules: Iterable[str]) -> None:
    """Fork for each that asks, until nobody can ask any more, and tell how each fork ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    gc.disable()
    for module in modules:
        importlib.import_module(module)
    gc.freeze()
    gc.enable()
    with selectors.DefaultSelector() as running:
        running.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in running.select():
                if key.fileobj is not control:
                    running.unregister(key.fileobj)
                    _tell_end(key.fd, *key.data)
                elif not _fork(control, running):
                    return


def _fork(control: socket.socket, running: selectors.BaseSelector) -> bool:
    """Start a program; False where nobody can ask any more."""
    message, given, _, _ = socket.recv_fds(control, 1, CHANNEL_AND_STREAMS)
    if not message:
        return False
    for each in given:
        os.set_inheritable(each, False)  # noqa: FBT003
    channel, *streams = given
    program = os.fork()
    if not program:
        for key in running.get_map().values():
            os.close(key.fd)
            for each in key.data[1:] if key.data else ():
                os.close(each)
        _become(channel, *streams)
    for each in streams:
        os.close(each)
    running.register(os.pidfd_open(program), selectors.EVENT_READ, (program, channel))
    return True


def _tell_end(descriptor: int, program: int, channel: int) -> None:
    _, status = os.waitpid(program, 0)
    with suppress(OSError):  # nobody waits for it
        os.write(channel, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    for each in (descriptor, channel):
        os.close(each)


def _become(channel: int, *streams: int) -> None:
    """Lead a session of its own, say which, and be what is told then."""
    code = 1
    try:
        os.setsid()
        for number, each in enumerate(streams):
            os.dup2(each, number)
            os.close(each)
        with socket.socket(fileno=channel) as asked, asked.makefile("rb") as lines:
            asked.sendall(f"{os.getpid()}\n".encode())
            told = json.loads(lines.readline())
        _run(**told)
        code = 0
    except SystemExit as end:
        code = _code(end.code)
    except BaseException:  # noqa: BLE001 - the end of the process, as in a program of its own
        traceback.print_exc()
    finally:
        _leave(code)


def _leave(code: int) -> NoReturn:
    """End as an interpreter does: when the threads that hold it up have ended."""
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _run(
    *,
    module: str,
    arguments: list[str],
    directory: str,
    environ: dict[str, str],
    user: tuple[int, int] | None,
    python: str,
) -> None:
    _show((python, "-P", "-m", module, *arguments), environ)
    if user:
        os.setgroups([])
        os.setgid(user[1])
        os.setuid(user[0])
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv[1:] = arguments
    sys.executable = python
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _show(words: Sequence[str], environ: Mapping[str, str]) -> None:
    """Write what the kernel shows of this process. A command line whose last byte is not null is one text to the kernel, up to the first null."""
    places = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[45:49]
    first, last, begin, end = map(int, places)
    line = " ".join(words).encode()[: last - first - 2]
    ctypes.memmove(first, line.ljust(last - first - 1, b"\0") + b" ", last - first)
    told = b"\0".join(f"{name}={value}".encode() for name, value in environ.items())
    ctypes.memmove(begin, told[: end - begin - 2].ljust(end - begin, b"\0"), end - begin)


def _code(told: object) -> int:
    """What Python makes of the argument of `sys.exit`."""
    if isinstance(told, str):
        sys.stderr.write(f"{told}\n")
        return 1
    return told if isinstance(told, int) else 0


if __name__ == "__main__":
    Forker(*(socket.socket(fileno=int(each)) for each in sys.argv[1:3])).serve()
