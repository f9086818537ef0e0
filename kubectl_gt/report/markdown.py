"""The report as Markdown, for a pull request, a chat or a wiki."""

from collections.abc import Iterator

from kubectl_gt.report.model import Entry, Report
from kubectl_gt.show import graph, table
from kubectl_gt.show.columns import dollars, short
from kubectl_gt.show.snapshot import SYMBOLS
from workflows.clean import plain
from workflows.observe import Stage

_MARKUP = str.maketrans({each: f"\\{each}" for each in "\\`*_{}[]<>#|~"})


def render(report: Report) -> str:
    """The whole document."""
    return "\n".join(_lines(report)) + "\n"


def summary(report: Report) -> str:
    """`Failed: 6 of 8 done in 12m05s, $3.20, 120,345 tokens`."""
    seen = report.snapshot
    parts = [f"{seen.done} of {len(seen.rows)} done in {table.clock(seen.elapsed(report.now))}"]
    parts += [dollars(seen.cost)] if seen.cost else []
    parts += [f"{report.tokens:,} tokens"] if report.tokens else []
    return f"{seen.phase}: {', '.join(parts)}"


def difference(entry: Entry) -> str:
    """`3 files +40 -2`; empty where it is not known."""
    found = entry.changed
    return f"{found.files} file{'s' * (found.files != 1)} +{found.added} -{found.removed}" if found else ""


def _lines(report: Report) -> Iterator[str]:
    yield f"# {_text(report.description or report.snapshot.name)}"
    yield ""
    yield f"Convoy `{report.snapshot.name}` on rig `{report.rig}`. **{summary(report)}.**"
    failed = report.of(Stage.FAILED)
    if failed:
        yield "\n## Failed\n"
        for each in failed:
            where = f" Work: `{each.row.branch}`." if each.row.branch else ""
            yield f"- **{_text(each.row.bead)}** {_text(each.row.title)}: {_text(each.row.why)}.{where}"
    yield "\n## Beads\n"
    yield "| | bead | title | commit | change | attempts | time | tokens | cost |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for each in report.entries:
        yield _row(each)
    yield "\n## Graph\n\n```mermaid"
    yield from graph.FORMS["mermaid"](report.graph)
    yield "```"


def _row(entry: Entry) -> str:
    row = entry.row
    cells = (
        SYMBOLS[row.stage],
        _text(row.bead),
        _text(row.title),
        f"`{short(entry.merged)}`" if entry.merged else "",
        difference(entry),
        str(entry.attempts or ""),
        table.clock(entry.seconds) if entry.seconds is not None else "",
        f"{entry.tokens:,}" if entry.tokens else "",
        dollars(row.cost),
    )
    return f"| {' | '.join(cells)} |"


def _text(words: str) -> str:
    """Words of others: one line, and nothing in it is markup."""
    return plain(words).translate(_MARKUP)
