"""What the courier waits for, and the sign of life that it gives."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from workflows.steps.pod.beating import beating
from workflows.steps.pod.termination import Termination
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import Asked

FIRST_LOOK = 0.01
"""Seconds until the second look at what is waited for: short, for short agents; a look costs a few stats."""

LEAVING = 15.0
"""Seconds for which a courier that is told to stop still serves `main`, which then pushes for the last time."""

BEATING = 1.0
"""Seconds between two signs of life."""


class Beat:
    """A file whose time says that the courier lives."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._last = 0.0
        self.late: Callable[[float], None] | None = None
        """Called with the time, while a look takes long."""

    def __call__(self) -> None:
        """Beat, if it is time."""
        now = time.monotonic()
        if now - self._last >= BEATING:
            self._last = now
            self._touch()
        if self.late:
            self.late(now)

    @contextlib.contextmanager
    def beside(self) -> Iterator[None]:
        """Beat from beside, while git is busy: it writes a gigabyte of an agent's file for minutes."""
        with beating(self):
            yield

    def _touch(self) -> None:
        self._file.write_bytes(b"")


class Watch:
    """Waits: for a wish of `main`, for SIGTERM, for the end of the process that started us."""

    def __init__(self, ours: Folder, termination: Termination, parent: int, beat: Beat) -> None:
        self.ours = ours
        self.termination = termination
        self._parent = parent
        self.beat = beat
        self._leave = 0.0
        self.asked = Asked()

    def main_is_up(self) -> bool:
        """Wait for `main`. False when it will not come."""
        while not self.over():
            if Asked.load(self.ours):
                return True
            self.termination.wait(FIRST_LOOK)
        return False

    def over(self) -> bool:
        """Whether nobody wants anything any more."""
        self.beat()
        self.asked = Asked.load(self.ours) or self.asked
        if self.asked.done or (self._parent and os.getppid() != self._parent):
            return True
        if self.termination.asked:
            self._leave = self._leave or time.monotonic() + LEAVING
        return bool(self._leave) and time.monotonic() > self._leave
