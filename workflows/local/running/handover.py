"""Gives a convoy that rests from its runner to the town's watch, with the lock that keeps it.

The lock is one open file that both have for a moment, so that nobody else ever finds the convoy free. What is told stays in memory: the
environment of whoever started the convoy holds their keys.
"""

import contextlib
import dataclasses
import datetime
import json
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from workflows.errors import Unavailable
from workflows.local.home import Home
from workflows.local.processes import daemon
from workflows.local.running.waits import Rest, Wait

PATIENCE = 10.0
"""Seconds that one side waits for the other."""

HELLO = b"gastown watch 1\n"
"""What the watch says first; a runner of another version keeps its convoy."""

_SOCKET = Path("watch.sock")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a runner leaves behind: its environment, what was asked of the convoy when it looked last, and which lists are no news."""

    convoy: str
    rig: str
    rest: Rest
    since: datetime.datetime
    asked: str
    woken: Mapping[str, tuple[str, str]]
    environ: Mapping[str, str]

    def dumped(self) -> bytes:
        """As it goes over the socket."""
        return json.dumps(dataclasses.asdict(self), default=datetime.datetime.isoformat).encode()

    @classmethod
    def load(cls, wire: bytes) -> Self:
        """Raises ValueError, KeyError or TypeError for what no runner wrote to its end."""
        raw = json.loads(wire)
        until, reviews = raw["rest"]
        rest = Rest(until and _moment(until), {name: _wait(**each) for name, each in reviews.items()})
        woken = {name: (mark, judged) for name, (mark, judged) in raw["woken"].items()}
        return cls(**raw | {"rest": rest, "since": _moment(raw["since"]), "woken": woken})


def give(home: Home, told: Told, lock: int) -> bool:
    """Give a convoy and its lock to the watch, which is started where there is none; tells whether the watch has it now.

    The watch has it once all is sent, and only then: whoever of the two is killed before leaves it to the other, or to `convoy resume`.
    """
    try:
        if not daemon.alive(home, daemon.WATCH):
            daemon.start(home, daemon.WATCH)
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(PATIENCE)
            with contextlib.chdir(home.locks):  # a socket's path has room for some hundred bytes
                channel.connect(str(_SOCKET))
            if channel.recv(len(HELLO), socket.MSG_WAITALL) != HELLO:
                return False
            socket.send_fds(channel, [b"\n"], [lock])
            channel.sendall(told.dumped())
    except (OSError, Unavailable) as error:
        sys.stderr.write(
            f"convoy {told.convoy}: its runner stays while it waits, as the town's watch does not take it: {error}\n"
        )
        return False
    return True


@contextlib.contextmanager
def listening(home: Home) -> Iterator[socket.socket]:
    """Where the watch is told. Nobody but its user may start programs by it."""
    with socket.socket(socket.AF_UNIX) as listener:
        (home.locks / _SOCKET).unlink(missing_ok=True)
        before = os.umask(0o077)
        try:
            with contextlib.chdir(home.locks):
                listener.bind(str(_SOCKET))
        finally:
            os.umask(before)
        listener.listen(64)
        try:
            yield listener
        finally:
            (home.locks / _SOCKET).unlink(missing_ok=True)


def take(channel: socket.socket) -> tuple[Told, int] | None:
    """What a runner says, and its convoy's lock; None where it did not come to the end."""
    lock: list[int] = []
    try:
        channel.settimeout(PATIENCE)
        channel.sendall(HELLO)
        text, lock, _, _ = socket.recv_fds(channel, 1, 1)
        while part := channel.recv(1 << 16):
            text += part
        told = Told.load(text)
        [descriptor] = lock
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - its only form
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"a runner did not come to its end: {error!r}\n")
        for each in lock:
            os.close(each)
        return None
    return told, descriptor


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def _wait(code: str, mark: str, looked: str, ended: str, since: str) -> Wait:
    return Wait(code, mark, _moment(looked), _moment(ended), _moment(since))
