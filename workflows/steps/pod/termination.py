"""Waits that a signal ends at once: SIGTERM, so that a step saves its work within the grace period; Ctrl-C, where people watch."""

import contextlib
import os
import select
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Self

from workflows.steps.errors import Stopped


class Termination:
    """A signal as something to wait for. It only marks; whoever waits decides where it is safe to stop.

    A second one has the effect that it had before, for whoever is too long about it: Ctrl-C raises KeyboardInterrupt.
    """

    def __init__(self, number: signal.Signals = signal.SIGTERM) -> None:
        self._number = number
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self.asked = False
        self._cuts = False

    def __enter__(self) -> Self:
        self._before = signal.signal(self._number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(self._number, self._before)
        os.close(self._reader)
        os.close(self._writer)

    def wait(self, seconds: float) -> bool:
        """Sleep, but not past the signal. True when it came, now or before."""
        if not self.asked:
            select.select([self._reader], [], [], max(seconds, 0.0))
        return self.asked

    @contextlib.contextmanager
    def cutting(self) -> Iterator[None]:
        """For what may be cut short anywhere: the signal raises Stopped in it."""
        if self.asked:
            # What runs after the signal is all that there is left to do.
            yield
            return
        self._cuts = True
        try:
            yield
        finally:
            self._cuts = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked and callable(self._before):
            self._before(number, frame)
        self.asked = True
        os.write(self._writer, b".")
        if self._cuts:
            self._cuts = False
            raise Stopped
