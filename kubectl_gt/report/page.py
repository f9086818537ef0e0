"""The report as one static page: no script, nothing fetched, safe to send on."""

from collections.abc import Iterator
from html import escape

from kubectl_gt.report import drawing
from kubectl_gt.report.markdown import difference, summary
from kubectl_gt.report.model import Entry, Report
from kubectl_gt.show import table
from kubectl_gt.show.columns import dollars, moment, short
from kubectl_gt.show.snapshot import SYMBOLS
from workflows.clean import plain
from workflows.observe import Stage

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2933; --paper: #fff; --line: #cbd2d9; --soft: #f5f7fa;
  --done: #2f855a; --failed: #c53030; --working: #2b6cb0; --merging: #b7791f; --waiting: #829ab1; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --paper: #16191d; --line: #3e4c59; --soft: #1f2933; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } code { font-size: .9em; }
.why { border-left: 3px solid var(--failed); padding: .2rem .8rem; margin: .6rem 0; background: var(--soft); }
svg { height: auto; max-width: none; font: 12px system-ui, sans-serif; } svg text { fill: var(--ink); } svg .id { font-weight: 600; }
svg path { fill: none; stroke: var(--waiting); stroke-width: 1.5; } svg .axis { fill: var(--waiting); } svg .end { text-anchor: end; }
.graph rect { fill: var(--soft); stroke-width: 1.5; } .timeline rect { stroke: none; }
.graph .done rect { stroke: var(--done); } .graph .failed rect { stroke: var(--failed); } .graph .working rect { stroke: var(--working); }
.graph .merging rect { stroke: var(--merging); } .graph .waiting rect { stroke: var(--waiting); }
.timeline .done rect { fill: var(--done); } .timeline .failed rect { fill: var(--failed); } .timeline .working rect { fill: var(--working); }
.timeline .merging rect { fill: var(--merging); } .timeline .waiting rect { fill: var(--waiting); }
td.done { color: var(--done); } td.failed { color: var(--failed); }
"""


def render(report: Report) -> str:
    """The whole page."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    title = _text(report.description or report.snapshot.name)
    yield '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n<h1>{title}</h1>"
    seen = report.snapshot
    times = " to ".join(filter(None, (moment(seen.started), moment(seen.finished))))
    yield f"<p>Convoy <code>{_text(seen.name)}</code> on rig <code>{_text(report.rig)}</code>. {times}</p>"
    yield f"<p><strong>{_text(summary(report))}</strong></p>"
    failed = report.of(Stage.FAILED)
    if failed:
        yield "<h2>Failed</h2>"
        yield from (_failure(each) for each in failed)
    yield f'<h2>Graph</h2><div class="scroll">{drawing.graph(report)}</div>'
    yield f'<h2>Who worked when</h2><div class="scroll">{drawing.timeline(report)}</div>'
    yield '<h2>Beads</h2><div class="scroll"><table><tr><th></th><th>Bead</th><th>Title</th><th>Commit</th><th>Change</th>'
    yield (
        "".join(f'<th class="number">{name}</th>' for name in ("Attempts", "Time", "Tokens", "Cost"))
        + "</tr>"
    )
    yield from (_row(each) for each in report.entries)
    yield "</table></div>\n</html>"


def _failure(entry: Entry) -> str:
    row = entry.row
    reason = f"<em>{_text(row.reason)}</em>: " if row.reason else ""
    where = f"<br>Work: <code>{_text(row.branch)}</code>" if row.branch else ""
    return f'<div class="why"><strong>{_text(row.bead)}</strong> {_text(row.title)}<br>{reason}{_text(row.says)}{where}</div>'


def _row(entry: Entry) -> str:
    row = entry.row
    cells = (_text(row.bead), _text(row.title), f"<code>{short(entry.merged)}</code>" if entry.merged else "")
    numbers = (
        str(entry.attempts or ""),
        table.clock(entry.seconds) if entry.seconds is not None else "",
        f"{entry.tokens:,}" if entry.tokens else "",
        dollars(row.cost),
    )
    shown = f'<td class="{row.stage}">{SYMBOLS[row.stage]}</td>' + "".join(
        f"<td>{each}</td>" for each in cells
    )
    shown += f"<td>{_text(difference(entry))}</td>"
    counted = "".join(f'<td class="number">{each}</td>' for each in numbers)
    return f"<tr>{shown}{counted}</tr>"


def _text(words: str) -> str:
    return escape(plain(words))
