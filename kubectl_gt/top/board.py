"""What stands on the board: each convoy under way or lately ended, and below it the beads that something happens to. Pure."""

import dataclasses
import datetime
from collections.abc import Iterator, Sequence

from crds import Convoy, Polecat
from kubectl_gt.show import snapshot
from kubectl_gt.show.snapshot import Outcome, Row, Snapshot
from workflows.labels import CONVOY
from workflows.observe import Stage

LATELY = datetime.timedelta(hours=12)
"""How long something that ended stays on the board: over a night."""

_SHOWN = (Stage.FAILED, Stage.WORKING, Stage.MERGING)
"""Beads that something happens to, the most urgent first; what waits and what is done is in the convoy's counts."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: a convoy, or with `row` one bead of it. `seen` is the whole that it belongs to."""

    seen: Snapshot
    row: Row | None = None

    @property
    def key(self) -> str:
        """What tells it from the other lines, over redrawings."""
        return f"{self.seen.kind}/{self.seen.name}" + (f"/{self.row.bead}" if self.row else "")


def board(
    convoys: Sequence[Convoy], polecats: Sequence[Polecat], now: datetime.datetime
) -> tuple[Entry, ...]:
    """The lines: what is under way first, then what ended lately, the newest first."""
    by_convoy: dict[str, list[Polecat]] = {}
    for each in polecats:
        by_convoy.setdefault(each.metadata.labels.get(CONVOY, ""), []).append(each)
    seen = [snapshot.of_convoy(each, by_convoy.get(each.metadata.name, ()), {}) for each in convoys]
    seen += [snapshot.of_polecat(each) for each in by_convoy.get("", ())]
    shown = [each for each in seen if each.finished is None or now - each.finished < LATELY]
    shown.sort(key=lambda each: (each.started or now, each.name), reverse=True)
    shown.sort(key=lambda each: each.outcome is not Outcome.OPEN)
    return tuple(entry for each in shown for entry in _entries(each))


def _entries(seen: Snapshot) -> Iterator[Entry]:
    yield Entry(seen=seen)
    if seen.kind == "convoy":
        rows = [row for row in seen.rows if row.polecat and row.stage in _SHOWN]
        for row in sorted(rows, key=lambda each: _SHOWN.index(each.stage)):
            yield Entry(seen=seen, row=row)
