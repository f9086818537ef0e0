"""An agent's own streams: files that grow, read as they grow, and cut into lines of a bounded length."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

OUT, ERR = "agent.out", "agent.err"
"""The agent's own streams as they came, in the directory `run`."""


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
            stream.seek(self.at)
            data = stream.read(most) or b""
        self.at += len(data)
        return data

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

    def _open(self) -> int:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        if isinstance(self._run, int):
            return os.open(self._name, flags, dir_fd=self._run)
        return os.open(self._run / self._name, flags)
