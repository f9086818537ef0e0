"""Pictures of a convoy as SVG: its graph by waves, and who worked when. Pure functions; all text is escaped."""

import datetime
from collections.abc import Iterator
from html import escape

from kubectl_gt.report.model import Entry, Report
from kubectl_gt.show import table
from kubectl_gt.show.snapshot import SYMBOLS
from workflows.clean import plain

WIDTH, HEIGHT, GAP_X, GAP_Y = 190, 44, 60, 16
"""A box of the graph, and the room between boxes, in pixels."""

BAR, LABEL, AXIS = 20, 160, 640
"""A row of the timeline: its height, the room for a name, and the length of the whole time."""

_LETTERS = 24


def graph(report: Report) -> str:
    """Boxes in waves from left to right; an arrow leads from a bead to each that waits for it."""
    waves = report.graph.waves()
    columns: dict[int, list[str]] = {}
    for vertex in report.graph.vertices:
        columns.setdefault(waves[vertex.bead], []).append(vertex.bead)
    places = {
        bead: (wave * (WIDTH + GAP_X), at * (HEIGHT + GAP_Y))
        for wave, beads in columns.items()
        for at, bead in enumerate(beads)
    }
    wide = (max(columns, default=0) + 1) * (WIDTH + GAP_X) - GAP_X
    high = max((len(beads) for beads in columns.values()), default=1) * (HEIGHT + GAP_Y)
    return "\n".join(
        [
            _open("graph", wide, high, "The graph of the beads"),
            *_arrows(report, places),
            *_boxes(report, places),
            "</svg>",
        ]
    )


def timeline(report: Report) -> str:
    """One bar a bead over the time of the convoy."""
    worked = [each for each in report.entries if each.row.started]
    begin = min((each.row.started for each in worked if each.row.started), default=report.now)
    end = max((each.row.finished or report.now for each in worked), default=report.now)
    whole = max((end - begin).total_seconds(), 1.0)
    rows = [_bar(each, at, begin, whole, report.now) for at, each in enumerate(worked)]
    high = BAR * len(worked) + BAR
    scale = f'<text class="axis" x="{LABEL}" y="{high - 5}">0</text><text class="axis end" x="{LABEL + AXIS}" y="{high - 5}">{table.clock(whole)}</text>'
    return "\n".join([_open("timeline", LABEL + AXIS + 10, high, "Who worked when"), *rows, scale, "</svg>"])


def _open(name: str, wide: int, high: int, title: str) -> str:
    return f'<svg class="{name}" viewBox="-2 -2 {wide + 4} {high + 4}" width="{wide + 4}" role="img" aria-label="{title}">'


def _boxes(report: Report, places: dict[str, tuple[int, int]]) -> Iterator[str]:
    for vertex in report.graph.vertices:
        x, y = places[vertex.bead]
        row = report.graph.rows[vertex.bead]
        yield f'<g class="{row.stage}"><title>{_text(f"{row.bead} {row.title}: {row.says}")}</title>'
        yield f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
        yield f'<text x="{x + 10}" y="{y + 18}" class="id">{SYMBOLS[row.stage]} {_text(row.bead)}</text>'
        yield f'<text x="{x + 10}" y="{y + 35}">{_text(_cut(row.title))}</text></g>'


def _arrows(report: Report, places: dict[str, tuple[int, int]]) -> Iterator[str]:
    for vertex in report.graph.vertices:
        x, y = places[vertex.bead]
        for need in vertex.needs:
            left, top = places[need]
            start, middle = (left + WIDTH, top + HEIGHT // 2), y + HEIGHT // 2
            half = (start[0] + x) // 2
            yield f'<path d="M{start[0]},{start[1]} C{half},{start[1]} {half},{middle} {x},{middle}"/>'


def _bar(entry: Entry, at: int, begin: datetime.datetime, whole: float, now: datetime.datetime) -> str:
    row = entry.row
    started = row.started or begin
    ended = max(row.finished or now, started)
    x = LABEL + AXIS * (started - begin).total_seconds() / whole
    wide = max(AXIS * (ended - started).total_seconds() / whole, 2)
    words = f"{row.bead} {row.polecat} {table.clock((ended - started).total_seconds())}"
    return (
        f'<g class="{row.stage}"><title>{_text(words)}</title>'
        f'<text x="0" y="{BAR * at + 14}">{_text(_cut(row.bead))}</text>'
        f'<rect x="{x:.1f}" y="{BAR * at + 3}" width="{wide:.1f}" height="{BAR - 6}" rx="2"/></g>'
    )


def _cut(words: str) -> str:
    return words if len(words) <= _LETTERS else f"{words[: _LETTERS - 1]}…"


def _text(words: str) -> str:
    return escape(plain(words))
