"""A snapshot as people read it: a heading, a bar, and one line a bead."""

import datetime

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from kubectl_gt import console
from kubectl_gt.forms import dollars
from kubectl_gt.snapshot import STYLES, SYMBOLS, Outcome, Row, Snapshot
from workflows.observe import Stage

_URGENT = (Stage.FAILED, Stage.WORKING, Stage.MERGING, Stage.WAITING, Stage.DONE)
"""What is worth a line when there are more beads than lines."""


def picture(snapshot: Snapshot, now: datetime.datetime, *, height: int | None = None) -> RenderableType:
    """The whole snapshot, in at most `height` lines where one is given."""
    rows = list(snapshot.rows)
    left_out = 0
    if height is not None and len(rows) > height - 3:
        kept = sorted(rows, key=lambda row: _URGENT.index(row.stage))[: max(height - 4, 1)]
        left_out = len(rows) - len(kept)
        rows = [row for row in rows if row in kept]
    more = [Text(f"… and {left_out} more", style="dim")] if left_out else []
    return Group(_heading(snapshot, now), _table(rows, now), *more)


def line(row: Row) -> str:
    """One bead in one line, for a reader without a terminal."""
    parts = (SYMBOLS[row.stage], row.bead, row.polecat, row.says)
    return console.plain(" ".join(part for part in parts if part))


def clock(seconds: float) -> str:
    """A time that runs: 4.2s, 1m07s, 2h05m."""
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest:02}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"


def _heading(snapshot: Snapshot, now: datetime.datetime) -> RenderableType:
    total = len(snapshot.rows)
    style = {Outcome.GOOD: "bold green", Outcome.BAD: "bold red"}.get(snapshot.outcome, "bold cyan")
    words = Text.assemble(
        (f"{snapshot.kind} {snapshot.name}", "bold"),
        "  ",
        (snapshot.phase, style),
        f"  {snapshot.done}/{total} ({100 * snapshot.done // max(total, 1)}%)",
        f"  {clock(snapshot.elapsed(now))}",
        f"  {dollars(snapshot.cost)}" if snapshot.cost else "",
    )
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_row(words, ProgressBar(total=max(total, 1), completed=snapshot.done, width=24))
    return grid


def _table(rows: list[Row], now: datetime.datetime) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, style="magenta")
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=2)
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=3)
    grid.add_column(no_wrap=True, justify="right", style="dim")
    for row in rows:
        style = STYLES[row.stage]
        grid.add_row(
            Text(SYMBOLS[row.stage], style=style),
            Text(console.plain(row.bead), style=style),
            Text(console.plain(row.polecat)),
            Text(console.plain(row.title)),
            Text(console.plain(row.says), style="dim" if row.stage is Stage.WAITING else ""),
            Text(" ".join(part for part in (_time(row, now), dollars(row.cost)) if part)),
        )
    return grid


def _time(row: Row, now: datetime.datetime) -> str:
    if row.started is None or row.stage is Stage.WAITING:
        return ""
    return clock(((row.finished or now) - row.started).total_seconds())
