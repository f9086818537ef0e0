"""Reading the log files of a polecat, and following them while it works."""

import collections
import time
from collections.abc import Callable, Iterator
from pathlib import Path

Files = tuple[Path, ...]

LONGEST = 1 << 20
"""Bytes of a line that are held: an agent may print one without an end."""


def lines(files: Files, tail: int | None) -> Iterator[str]:
    """The lines of files one after the other, or the last `tail` of them all together."""
    every = (line for file in files for line in Growing(file).lines())
    return iter(every if tail is None else collections.deque(every, maxlen=tail))


def follow(
    files: Callable[[], Files], ended: Callable[[], bool], *, tail: int | None, pause: float
) -> Iterator[str]:
    """Lines as they are written, over all attempts, until the polecat has ended. `files` is empty until there is one."""
    known: dict[Path, Growing] = {}
    while True:
        # Asked before reading, so that what was written before the end is read.
        over = ended()
        fresh = [
            line for file in files() for line in known.setdefault(file, Growing(file)).lines(whole=not over)
        ]
        yield from fresh if tail is None else fresh[len(fresh) - min(tail, len(fresh)) :]
        if fresh:
            tail = None
        if over:
            return
        time.sleep(pause)


class Growing:
    """One file that is still written to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = 0

    def lines(self, *, whole: bool = False) -> Iterator[str]:
        """What was written since the last time, a line without an end in parts; `whole` leaves one that has no end yet for later."""
        with self._path.open("rb") as stream:
            stream.seek(self._place)
            while line := stream.readline(LONGEST):
                if whole and len(line) < LONGEST and not line.endswith(b"\n"):
                    return
                self._place += len(line)
                yield line.decode("utf-8", "replace")
