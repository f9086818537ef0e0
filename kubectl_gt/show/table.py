"""A snapshot as people read it: a heading, a bar, and one line a bead."""

import datetime
from collections import Counter
from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from kubectl_gt.show.columns import dollars
from kubectl_gt.show.snapshot import STYLES, SYMBOLS, Outcome, Row, Snapshot
from workflows.clean import plain
from workflows.observe import Stage

STYLED = ("", "", "magenta", "", "", "dim")
"""Styles of the columns; symbol and bead have their stage's."""

POLECAT, TITLE, SAYS, SPENT = 2, 3, 4, 5
"""Columns: the first three give way on a narrow terminal, the last stands to the right."""

GAP, LEAST = 2, 8
"""Blanks between columns, and the least width of one that gives way."""

_COUNTED = (
    (Stage.WORKING, "at work"),
    (Stage.MERGING, "merging"),
    (Stage.WAITING, "queued"),
    (Stage.FAILED, "failed"),
)

BAR = 24
"""Columns of the bar, which is there where it has room; a pipe has none."""

_URGENT = (Stage.FAILED, Stage.WORKING, Stage.MERGING, Stage.WAITING, Stage.DONE)
"""What is worth a line when there are more beads than lines."""


def picture(
    snapshot: Snapshot, now: datetime.datetime, *, width: int | None = None, height: int | None = None
) -> RenderableType:
    """The whole snapshot, in at most `height` lines of `width` columns where they are given."""
    rows = list(snapshot.rows)
    left_out = 0
    if height is not None and len(rows) > height - 3:
        kept = sorted(rows, key=lambda row: _URGENT.index(row.stage))[: max(height - 4, 1)]
        left_out = len(rows) - len(kept)
        rows = [row for row in rows if row in kept]
    more = [Text(f"… and {left_out} more", style="dim")] if left_out else []
    return Group(_heading(snapshot, now, width), *lines(rows, now, width), *more)


def line(row: Row) -> str:
    """One bead in one line, for a reader without a terminal."""
    parts = (SYMBOLS[row.stage], row.bead, row.polecat, row.shown)
    return plain(" ".join(part for part in parts if part))


def clock(seconds: float) -> str:
    """A time that runs: 4.2s, 1m07s, 2h05m."""
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest:02}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"


def _heading(snapshot: Snapshot, now: datetime.datetime, width: int | None) -> RenderableType:
    words = Text.assemble((f"{snapshot.kind} {snapshot.name}", "bold"), "  ", *standing(snapshot, now))
    total = len(snapshot.rows)
    if width is None or words.cell_len + GAP + BAR > width:
        return words
    grid = Table.grid(padding=(0, GAP, 0, 0))
    grid.add_row(words, ProgressBar(total=max(total, 1), completed=snapshot.done, width=BAR))
    return grid


def standing(snapshot: Snapshot, now: datetime.datetime) -> Iterator[str | tuple[str, str]]:
    """How far the whole is: phase, beads, time, cost, and what is under way."""
    total = len(snapshot.rows)
    style = {Outcome.GOOD: "bold green", Outcome.BAD: "bold red"}.get(snapshot.outcome, "bold cyan")
    yield snapshot.phase, style
    yield f"  {snapshot.done}/{total} ({100 * snapshot.done // max(total, 1)}%)"
    yield f"  {clock(snapshot.elapsed(now))}"
    yield f"  {dollars(snapshot.cost)}" if snapshot.cost else ""
    yield from _under_way(snapshot, now)


def _under_way(snapshot: Snapshot, now: datetime.datetime) -> Iterator[str]:
    """`4 at work · 30 queued · 2 failed`, and how long it may still take; nothing once it has ended."""
    if snapshot.outcome is not Outcome.OPEN:
        return
    stages = Counter(row.stage for row in snapshot.rows)
    told = [f"{stages[stage]} {word}" for stage, word in _COUNTED if stages[stage]]
    if told:
        yield f"  {' · '.join(told)}"
    left = time_left(snapshot, now)
    if left is not None:
        yield f"  about {clock(left)} left"


def time_left(snapshot: Snapshot, now: datetime.datetime) -> float | None:
    """Seconds that the rest takes at the pace so far; None before a tenth is done, when nobody could say."""
    rest = sum(row.stage not in (Stage.DONE, Stage.FAILED) for row in snapshot.rows)
    ended = len(snapshot.rows) - rest
    if not rest or ended < max(2, len(snapshot.rows) // 10):
        return None
    return snapshot.elapsed(now) / ended * rest


def lines(rows: list[Row], now: datetime.datetime, width: int | None) -> Iterator[Text]:
    """A line a bead. Not rich's Table, which takes ten times as long: a convoy may have 500 beads."""
    cells = [_cells(row, now) for row in rows]
    widths = _widths(cells, width)
    for row, words in zip(rows, cells, strict=True):
        yield _line(words, widths, STYLES[row.stage])


def _line(words: tuple[str, ...], widths: list[int], style: str) -> Text:
    styles = (style, style, *STYLED[POLECAT:])
    line = Text(no_wrap=True, overflow="ellipsis")
    for column, wide in enumerate(widths):
        if wide:
            line.append(_cell(words[column], wide, right=column == SPENT), styles[column]).append(" " * GAP)
    line.rstrip()
    return line


def _cell(words: str, width: int, *, right: bool) -> str:
    used = cell_len(words)
    if used > width:
        return set_cell_size(words, width - 1) + "…"
    blanks = " " * (width - used)
    return blanks + words if right else words + blanks


def _cells(row: Row, now: datetime.datetime) -> tuple[str, ...]:
    """Symbol, bead, polecat, title, what it says, and time with cost."""
    spent = " ".join(part for part in (_time(row, now), dollars(row.cost)) if part)
    words = (SYMBOLS[row.stage], row.bead, row.polecat, row.title, row.shown, spent)
    return tuple(plain(word) for word in words)


def _widths(cells: list[tuple[str, ...]], width: int | None) -> list[int]:
    """What each column needs. Where that is more than there is, the polecat's name goes first; then title and saying share what the others
    leave, two to three.
    """
    needed = [max((cell_len(row[column]) for row in cells), default=0) for column in range(len(STYLED))]
    if width is not None and sum(needed) + GAP * len(STYLED) > width:
        needed[POLECAT] = 0
    left = None if width is None else width - sum(needed) + needed[TITLE] + needed[SAYS] - GAP * len(STYLED)
    if left is not None and needed[TITLE] + needed[SAYS] > left:
        title = min(needed[TITLE], max(left * 2 // 5, LEAST))
        needed[TITLE], needed[SAYS] = title, max(left - title, LEAST)
    return needed


def _time(row: Row, now: datetime.datetime) -> str:
    if row.started is None or row.stage is Stage.WAITING:
        return ""
    return clock(((row.finished or now) - row.started).total_seconds())
