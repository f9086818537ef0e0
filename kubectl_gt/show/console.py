"""Where text goes: to a terminal with colour and within its width, to a pipe plain and whole."""

import sys

from rich.console import Console

UNBOUNDED = 1 << 16
"""Columns of a pipe: nothing is cut, since a program reads it."""


def stdout() -> Console:
    """Results."""
    piped = not sys.stdout.isatty()
    return Console(highlight=False, markup=False, emoji=False, width=UNBOUNDED if piped else None)


def is_interactive() -> bool:
    """Whether somebody sees what is printed and can press keys."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def stderr() -> Console:
    """What is said beside results: notes, and that a list is empty."""
    return Console(highlight=False, markup=False, emoji=False, stderr=True, soft_wrap=True)
