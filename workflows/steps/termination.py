"""Waits that SIGTERM ends at once, so that a step saves its work within the grace period."""

import os
import select
import signal
from types import FrameType
from typing import Self


class Termination:
    """SIGTERM as something to wait for. The signal only marks; the step decides where it is safe to stop."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self.asked = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGTERM, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGTERM, self._before)
        os.close(self._reader)
        os.close(self._writer)

    def wait(self, seconds: float) -> bool:
        """Sleep, but not past SIGTERM. True when it came, now or before."""
        if not self.asked:
            select.select([self._reader], [], [], max(seconds, 0.0))
        return self.asked

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked = True
        os.write(self._writer, b".")
