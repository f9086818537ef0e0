"""What a report says, before it has a form."""

import dataclasses
import datetime
from collections.abc import Mapping, Sequence

from crds import Convoy, Manifest, Polecat
from kubectl_gt.show.graph import Graph
from kubectl_gt.show.snapshot import Row, Snapshot
from kubectl_gt.town import Vertex
from workflows.clock import timestamp
from workflows.local.repositories.changes import Changed
from workflows.observe import Stage


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One bead: its row, what its polecat used, and what its commit changed where that is known."""

    row: Row
    merged: str
    attempts: int
    tokens: int | None
    changed: Changed | None

    @property
    def seconds(self) -> float | None:
        """How long it took from its first agent to its end."""
        if self.row.started is None or self.row.finished is None:
            return None
        return (self.row.finished - self.row.started).total_seconds()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A convoy as it stood at `now`."""

    snapshot: Snapshot
    description: str
    rig: str
    entries: tuple[Entry, ...]
    graph: Graph
    tokens: int | None
    now: datetime.datetime

    def of(self, stage: Stage) -> tuple[Entry, ...]:
        """The beads that are so far."""
        return tuple(each for each in self.entries if each.row.stage is stage)

    def json(self) -> Manifest:
        """The same for a program; times in UTC, lengths in seconds."""
        seen = self.snapshot
        return {
            "convoy": seen.name,
            "description": self.description,
            "rig": self.rig,
            "phase": seen.phase,
            "done": seen.done,
            "total": len(seen.rows),
            "startedAt": _time(seen.started),
            "finishedAt": _time(seen.finished),
            "seconds": round(seen.elapsed(self.now), 1),
            "costUSD": seen.cost,
            "tokens": self.tokens,
            "beads": [self._entry(each) for each in self.entries],
        }

    def _entry(self, entry: Entry) -> Manifest:
        row = entry.row
        needs = next((each.needs for each in self.graph.vertices if each.bead == row.bead), ())
        return {
            "bead": row.bead,
            "title": row.title,
            "state": str(row.stage),
            "reason": row.reason,
            "message": row.says,
            "needs": [*needs],
            "polecat": row.polecat,
            "branch": row.branch,
            "merged": entry.merged,
            "changed": dataclasses.asdict(entry.changed) if entry.changed else None,
            "attempts": entry.attempts,
            "startedAt": _time(row.started),
            "finishedAt": _time(row.finished),
            "tokens": entry.tokens,
            "costUSD": row.cost,
        }


def report(
    convoy: Convoy,
    snapshot: Snapshot,
    polecats: Sequence[Polecat],
    *,
    vertices: Sequence[Vertex],
    changed: Mapping[str, Changed],
    now: datetime.datetime,
) -> Report:
    """The report of a convoy. `changed` holds what merged commits changed, by commit."""
    known = {each.spec.bead_id: each.status for each in polecats}

    def entry(row: Row) -> Entry:
        status = known.get(row.bead)
        merged = status.merged_commit if status else ""
        return Entry(
            row=row,
            merged=merged,
            attempts=(status.attempts or 0) if status else 0,
            tokens=status.tokens if status else None,
            changed=changed.get(merged),
        )

    return Report(
        snapshot=snapshot,
        description=convoy.spec.description,
        rig=convoy.rig,
        entries=tuple(entry(row) for row in snapshot.rows),
        graph=Graph.of(vertices, snapshot),
        tokens=convoy.status.tokens,
        now=now,
    )


def _time(moment: datetime.datetime | None) -> str | None:
    return timestamp(moment) if moment else None
