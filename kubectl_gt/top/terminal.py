"""The keyboard of a terminal, one key at a time and without echo."""

import contextlib
import os
import select
import sys
import termios
import tty
from collections.abc import Iterator

_NAMED = {
    b"\r": "enter",
    b"\n": "enter",
    b"\x1b[A": "up",
    b"\x1b[B": "down",
    b"\x1bOA": "up",
    b"\x1bOB": "down",
}
_ESCAPE = b"\x1b"


class Keyboard:
    """Standard input, where it is a terminal."""

    def __init__(self) -> None:
        self._input = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._input)

    @contextlib.contextmanager
    def by_key(self) -> Iterator[None]:
        """Keys arrive one by one while this lasts; Ctrl-C stays a signal."""
        tty.setcbreak(self._input)
        try:
            yield
        finally:
            termios.tcsetattr(self._input, termios.TCSADRAIN, self._before)

    def read(self, seconds: float) -> str:
        """The next key within so much time; empty when none came, `q` when there will be none."""
        if not self._waits(seconds):
            return ""
        pressed = os.read(self._input, 1)
        # An arrow comes as three bytes at once; keys that were typed ahead must not be taken for a part of it.
        if pressed == _ESCAPE and self._waits(0.0):
            pressed += os.read(self._input, 2)
        return _NAMED.get(pressed, pressed[:1].decode("ascii", "replace")) if pressed else "q"

    def _waits(self, seconds: float) -> bool:
        return bool(select.select([self._input], [], [], max(seconds, 0.0))[0])
