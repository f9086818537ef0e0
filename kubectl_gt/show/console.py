"""Where text goes: to a terminal with colour and within its width, to a pipe plain and whole."""

import contextlib
import os
import sys

from rich.console import Console

UNBOUNDED = 1 << 16
"""Columns of a pipe: nothing is cut, since a program reads it."""


class Screen(Console):
    """rich's, but for a reader that went away: rich would end the program with 1, which here means that a convoy failed."""

    def on_broken_pipe(self) -> None:
        """Let it pass for what it is."""
        raise BrokenPipeError


def stdout() -> Console:
    """Results."""
    piped = not sys.stdout.isatty()
    return Screen(highlight=False, markup=False, emoji=False, width=UNBOUNDED if piped else None)


def fit(screen: Console) -> tuple[int, int]:
    """Set a screen that is drawn anew to the terminal's own columns and lines: an exported COLUMNS may be that of another terminal, and
    longer lines would scroll the picture away.
    """
    with contextlib.suppress(OSError, ValueError):
        size = os.get_terminal_size(screen.file.fileno())
        if all(size):  # a pseudo-terminal may have none
            screen.size = size
    return screen.size


def is_interactive() -> bool:
    """Whether somebody sees what is printed and can press keys."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def stderr() -> Console:
    """What is said beside results: notes, and that a list is empty."""
    return Screen(highlight=False, markup=False, emoji=False, stderr=True, soft_wrap=True)
