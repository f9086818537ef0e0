"""An agent's own streams: files that grow, read as they grow, and cut into lines of a bounded length. What was read takes no disk."""

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

OUT, ERR = "agent.out", "agent.err"
"""The agent's own streams as they came, in the directory `run`."""


BLOCK = 1 << 20
"""Bytes of which the disk is given back at once."""

_KEEP_SIZE, _PUNCH_HOLE = 1, 2


class Lines:
    """Cuts bytes into lines. A line that is too long is cut short once, with a mark, and its rest is dropped."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._kept = bytearray()
        self._dropping = False

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that end in this data."""
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._add(data[start:end])
            yield self._taken()
            start = end + 1
        self._add(data[start:])

    def rest(self) -> str:
        """What is left without an end."""
        return self._taken() if self._kept else ""

    def _add(self, data: bytes) -> None:
        room = self._longest - len(self._kept)
        self._kept += data[:room] if len(data) > room else data
        self._dropping = self._dropping or len(data) > room

    def _taken(self) -> str:
        text = self._kept.decode("utf-8", "replace") + (" …" if self._dropping else "")
        self._kept.clear()
        self._dropping = False
        return text


class Stream:
    """One file that grows."""

    def __init__(self, run: Path | int, name: str, longest: int) -> None:
        self._run = run
        self._name = name
        self.at = 0
        self.lines = Lines(longest)
        self._forgotten = 0

    def read(self, most: int) -> bytes:
        """The next bytes, none at its present end. A path that the agent made a link of is not followed."""
        try:
            descriptor = self._open()
        except OSError:
            return b""
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            # A folder, too: Python makes no stream of one.
            os.close(descriptor)
            return b""
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            stream.seek(self._place(descriptor))
            data = stream.read(most) or b""
            self.at = stream.tell()
        return data

    def _place(self, descriptor: int) -> int:
        """Where to read on: behind what an earlier reader gave back."""
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                return os.lseek(descriptor, self.at, os.SEEK_DATA)
        return self.at

    def forget(self, before: int) -> None:
        """Give back the disk of what lies before a place, where the system can: no place moves by it, and an agent may print on for hours."""
        before -= before % BLOCK
        if before <= self._forgotten or sys.platform != "linux":
            return
        with contextlib.suppress(OSError), os.fdopen(self._open(os.O_WRONLY), "wb", buffering=0) as stream:
            if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                _punch(stream.fileno(), self._forgotten, before)
        self._forgotten = before

    def waiting(self) -> int:
        """Bytes that are not read yet."""
        try:
            told = (
                os.stat(self._name, dir_fd=self._run, follow_symlinks=False)
                if isinstance(self._run, int)
                else (self._run / self._name).lstat()
            )
        except OSError:
            return 0
        return max(told.st_size - self.at, 0) if stat.S_ISREG(told.st_mode) else 0

    def again(self, at: int) -> "Stream":
        """The same file, from another place on."""
        other = Stream(self._run, self._name, 1)
        other.at = at
        return other

    def _open(self, way: int = os.O_RDONLY) -> int:
        flags = way | os.O_NOFOLLOW | os.O_NONBLOCK
        if isinstance(self._run, int):
            return os.open(self._name, flags, dir_fd=self._run)
        return os.open(self._run / self._name, flags)


def _punch(descriptor: int, start: int, end: int) -> None:
    import ctypes  # noqa: PLC0415 - 10 ms that only a flood should pay

    libc = ctypes.CDLL(None)
    whole = ctypes.c_int64
    # A file system that knows no holes refuses: then the disk holds all of it, as it would have.
    libc.fallocate(descriptor, _PUNCH_HOLE | _KEEP_SIZE, whole(start), whole(end - start))
