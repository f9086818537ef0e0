"""What Argo's list says of a convoy: a first line that tells how it stands, and a table with a line a bead.

It stands in a Workflow's annotations, as markdown, so what people wrote is escaped here. Pure text: no clock, no network.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Sequence

TITLE, WHY = 60, 120
"""Characters of a bead's title and of the sentence about it that are shown: a hundred beads must fit an annotation."""

_HEAD = "| bead | title | state | why | cost | commit |\n|---|---|---|---|---:|---|\n"
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")
"""Everything that markdown can give a meaning; a backslash before it takes that away."""
_LINK = re.compile(r"(https?:|ftp:|www\.|@)", re.IGNORECASE)
"""What GitHub's markdown makes a link of, backslash or not."""
_GAP = "\u200b"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One bead. `state` is a word, `why` a sentence, empty where the word says it all; `commit` is the one that carries the work."""

    bead: str
    title: str
    state: str
    why: str = ""
    cost: float | None = None
    commit: str = ""


def heading(convoy: str, rig: str, *, train: int = 1, trains: int = 1) -> str:
    """The title of a Workflow: short, as Argo cuts it."""
    return f"{convoy} on {rig}" + (f" ({train}/{trains})" if trains > 1 else "")


def description(rows: Sequence[Row], *, hint: str = "") -> str:
    """How all beads stand in one line, and each in its own. `hint` says what a person can do now."""
    return f"{standing(rows)}{hint}\n\n{_HEAD}{''.join(map(_line, rows))}"


def standing(rows: Sequence[Row]) -> str:
    """`8/12 merged, 3 failed, $1.20`."""
    published = [row for row in rows if row.state == "published"]
    merged = [row for row in rows if row.state == "merged"]
    done = len(published) + len(merged)
    told = [f"{done}/{len(rows)} {'published' if published and not merged else 'merged'}"]
    failed = sum(row.state in ("failed", "omitted") for row in rows)
    if failed:
        told.append(f"{failed} failed")
    costs = [row.cost for row in rows if row.cost is not None]
    if costs:
        told.append(f"${sum(costs):.2f}")
    return ", ".join(told)


def _line(row: Row) -> str:
    cost = f"${row.cost:.2f}" if row.cost is not None else ""
    cells = (row.bead, clip(row.title, TITLE), row.state, clip(row.why, WHY), cost, row.commit[:12])
    return f"| {' | '.join(map(escaped, cells))} |\n"


def clip(text: str, length: int) -> str:
    """The beginning of a text, with a sign that there is more."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def escaped(text: str) -> str:
    """A text that markdown shows as it is, in one line."""
    shown = "".join(each for each in " ".join(text.split()) if unicodedata.category(each)[0] != "C")
    return _MARKUP.sub(r"\\\1", _LINK.sub(rf"\1{_GAP}", shown))
