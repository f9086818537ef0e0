"""Where text goes: to a terminal with colour and within its width, to a pipe plain and whole."""

import contextlib
import os
import re
import sys
from collections.abc import Iterator

import click
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

DEEPER = 2
"""Columns by which the further rows of a sentence stand to the right of its first."""

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


def say(line: str, *, style: str = "", symbol: str = "", err: bool = False) -> None:
    """Print a sentence: a terminal gets it folded between words, anything else as one line. `symbol` is the style of its first character."""
    if not (sys.stderr if err else sys.stdout).isatty():
        click.echo(line, err=err)
        return
    screen = stderr() if err else stdout()
    columns, _ = fit(screen)
    for row, text in enumerate(folded(line, columns)):
        told = Text(text, style=style)
        if symbol and not row:
            told.stylize(symbol, 0, 1)
        screen.print(told, soft_wrap=True)


def folded(line: str, width: int) -> Iterator[str]:
    """The rows of a sentence, later ones deeper than the first. A command in backticks stays whole, since it is there to be copied: where it
    is longer than the terminal, the terminal breaks it, and what is copied from there has no line break.
    """
    deeper = " " * (len(line) - len(line.lstrip()) + DEEPER)
    row = ""
    for word in re.findall(r"\s*(?:`[^`]*`|\S)+", line):
        if row.strip() and cell_len(row + word) > width:
            yield row
            row = deeper + word.lstrip()
        else:
            row += word
    yield row


def is_interactive() -> bool:
    """Whether somebody sees what is printed and can press keys."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def stderr() -> Console:
    """What is said beside results: notes, and that a list is empty."""
    return Screen(highlight=False, markup=False, emoji=False, stderr=True, soft_wrap=True)
