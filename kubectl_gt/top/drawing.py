"""The board as lines of text. Pure."""

import datetime
from collections.abc import Sequence

from rich.text import Text

from kubectl_gt.show import table
from kubectl_gt.show.snapshot import STYLES, Outcome
from kubectl_gt.top.board import Entry
from kubectl_gt.top.keys import State
from workflows.clean import plain
from workflows.observe import Stage

INDENT = 2
_MARKS = {Outcome.OPEN: ("▶", "cyan"), Outcome.GOOD: ("✓", "green"), Outcome.BAD: ("✗", "red")}


def picture(
    entries: Sequence[Entry], state: State | None, now: datetime.datetime, *, width: int, height: int | None
) -> list[Text]:
    """A heading, the lines around the chosen one, and what is said below; without a state all lines and nothing chosen, for a pipe."""
    lines = [_heading(entries), *_lines(entries, now, width)]
    if state is not None:
        lines[state.index + 1 : state.index + 2] = [
            _marked(each) for each in lines[state.index + 1 : state.index + 2]
        ]
        lines = [lines[0], *_window(lines[1:], state.index, (height or len(lines) + 1) - 2)]
        lines.append(Text(plain(state.says), style="dim"))
    for each in lines:
        each.no_wrap = True
        each.truncate(width, overflow="ellipsis")
    return lines


def _heading(entries: Sequence[Entry]) -> Text:
    whole = [each.seen for each in entries if each.row is None]
    rows = [row for seen in whole for row in seen.rows]
    counts = (
        (sum(each.outcome is Outcome.OPEN for each in whole), "under way"),
        (sum(row.stage is Stage.WORKING for row in rows), "at work"),
        (sum(row.stage is Stage.MERGING for row in rows), "merging"),
        (sum(row.stage is Stage.FAILED for row in rows), "failed"),
    )
    told = " · ".join(f"{number} {word}" for number, word in counts if number) or "nothing runs"
    return Text.assemble(("Gas Town", "bold"), f"  {told}")


def _lines(entries: Sequence[Entry], now: datetime.datetime, width: int) -> list[Text]:
    """Beads in columns that all convoys share, below their convoy."""
    rows = [each.row for each in entries if each.row]
    beads = table.lines(rows, now, width - INDENT)
    return [
        Text(" " * INDENT).append_text(next(beads)) if each.row else _convoy(each, now) for each in entries
    ]


def _convoy(entry: Entry, now: datetime.datetime) -> Text:
    seen = entry.seen
    mark, style = _MARKS[seen.outcome]
    if seen.kind != "convoy":
        (row,) = seen.rows
        return Text(plain(f"{mark} {row.rig}/{seen.name}  {row.bead}  {row.says}"), style=STYLES[row.stage])
    return Text.assemble((f"{mark} {plain(seen.name)}", f"bold {style}"), "  ", *table.standing(seen, now))


def _marked(line: Text) -> Text:
    marked = line.copy()
    marked.stylize("reverse")
    return marked


def _window(lines: list[Text], chosen: int, height: int) -> list[Text]:
    """As many lines as there is room for, the chosen one among them."""
    first = max(0, min(chosen - height // 2, len(lines) - height))
    return lines[first : first + max(height, 1)]
