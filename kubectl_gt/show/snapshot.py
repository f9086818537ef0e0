"""What is known of a convoy, or of one polecat, at one moment: the rows that `status` prints and the live view redraws."""

import dataclasses
import datetime
import enum
from collections.abc import Iterable, Mapping, Sequence

from crds import Convoy, Polecat
from kubectl_gt.town import Vertex
from workflows.convoys.news import News, news
from workflows.observe import Stage, stage_of
from workflows.observe.reasons import HELD
from workflows.polecats import WORKING

SYMBOLS = {
    Stage.WAITING: "○",
    Stage.WORKING: "▶",
    Stage.MERGING: "⇡",
    Stage.DONE: "✓",
    Stage.FAILED: "✗",
}
STYLES = {
    Stage.WAITING: "dim",
    Stage.WORKING: "cyan",
    Stage.MERGING: "yellow",
    Stage.DONE: "green",
    Stage.FAILED: "red",
}


class Outcome(enum.Enum):
    """Whether something has ended, and how."""

    OPEN = "open"
    GOOD = "good"
    BAD = "bad"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One bead: how far it is, who works it, in `says` how that one fares or why it waits, in `doing` what it did last.

    `by_hand` is whether no agent takes it up, whatever becomes of it.
    """

    bead: str
    title: str
    stage: Stage
    polecat: str
    says: str
    cost: float | None
    started: datetime.datetime | None
    finished: datetime.datetime | None
    reason: str = ""
    rig: str = ""
    branch: str = ""
    commit: str = ""
    doing: str = ""
    by_hand: bool = False

    @property
    def shown(self) -> str:
        """What its agent is at; without one what it says."""
        if self.doing and self.reason != WORKING:
            return f"{self.says}: {self.doing}"
        return self.doing or self.says

    @property
    def why(self) -> str:
        """What it says, behind the word for it where there is one."""
        return f"{self.reason}: {self.says}" if self.reason else self.says


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The whole: `kind` is convoy or polecat, `phase` its own word for how it is."""

    kind: str
    name: str
    phase: str
    outcome: Outcome
    rows: tuple[Row, ...]
    cost: float | None
    started: datetime.datetime | None
    finished: datetime.datetime | None
    news: tuple[News, ...] = ()
    under_way: bool = True

    @property
    def held(self) -> tuple[Row, ...]:
        """The beads that wait for a person to land them, once nothing else goes on."""
        return () if self.under_way else tuple(row for row in self.rows if row.reason == HELD)

    @property
    def done(self) -> int:
        """How many beads are done."""
        return sum(row.stage is Stage.DONE for row in self.rows)

    def elapsed(self, now: datetime.datetime) -> float:
        """Seconds since the start, or from start to end."""
        return ((self.finished or now) - self.started).total_seconds() if self.started else 0.0


def of_convoy(convoy: Convoy, polecats: Sequence[Polecat], titles: Mapping[str, str]) -> Snapshot:
    """A convoy with its polecats, in the order in which its beads can start."""
    status = convoy.status
    outcome = {"Complete": Outcome.GOOD, "Failed": Outcome.BAD}.get(status.phase, Outcome.OPEN)
    known = {polecat.spec.bead_id: polecat for polecat in polecats}
    reasons = {each.bead: each.reason for each in status.waiting}
    planned = dict.fromkeys(bead for train in status.trains for bead in train.beads)
    earlier = (bead for bead in status.completed_beads if bead not in planned)
    ended = dict.fromkeys(status.failed_beads, Stage.FAILED)
    ended |= dict.fromkeys(status.completed_beads, Stage.DONE)
    by_hand = left_to_people(convoy)
    beads = dict.fromkeys((*earlier, *planned, *convoy.spec.bead_ids))
    names = titles or {bead.id: bead.title for bead in convoy.spec.beads}
    return Snapshot(
        kind="convoy",
        name=convoy.metadata.name,
        phase=status.phase,
        outcome=outcome,
        rows=tuple(
            dataclasses.replace(row, says=reasons.get(row.bead) or row.says, by_hand=row.bead in by_hand)
            for row in (_row(bead, names.get(bead, ""), known.get(bead), ended.get(bead)) for bead in beads)
        ),
        cost=status.cost_usd,
        started=status.started_at,
        finished=status.completed_at,
        news=news(convoy, polecats),
        under_way=status.attempt != convoy.spec.attempt
        or any(train.phase in ("Pending", "Running") for train in status.trains),
    )


def titles_of(vertices: Iterable[Vertex]) -> dict[str, str]:
    """The titles of beads, as their graph knows them."""
    return {vertex.bead: vertex.title for vertex in vertices}


def left_to_people(convoy: Convoy) -> frozenset[str]:
    """The beads that no agent takes up."""
    return frozenset(each.id for each in convoy.spec.beads if each.by_hand)


def of_polecat(polecat: Polecat) -> Snapshot:
    """One polecat that belongs to no convoy that can be seen."""
    status = polecat.status
    stage = stage_of(status)
    outcome = {Stage.DONE: Outcome.GOOD, Stage.FAILED: Outcome.BAD}.get(stage, Outcome.OPEN)
    return Snapshot(
        kind="polecat",
        name=polecat.metadata.name,
        phase=status.phase,
        outcome=outcome,
        rows=(_of(polecat, "", stage),),
        cost=status.cost_usd,
        started=status.started_at,
        finished=status.finished_at if outcome is not Outcome.OPEN else None,
    )


def _row(bead: str, title: str, polecat: Polecat | None, ended: Stage | None) -> Row:
    """`ended` is how its convoy says that it did."""
    if polecat is not None:
        return _of(polecat, title, _stage(polecat, ended))
    return Row(
        bead=bead,
        title=title,
        stage=ended or Stage.WAITING,
        polecat="",
        says="closed before the convoy began" if ended is Stage.DONE else "",
        cost=None,
        started=None,
        finished=None,
    )


def _of(polecat: Polecat, title: str, stage: Stage) -> Row:
    status = polecat.status
    says = status.summary
    if stage is Stage.DONE:
        says = f"merged as {status.merged_commit[:12]}" if status.merged_commit else "published"
    return Row(
        bead=polecat.spec.bead_id,
        title=title,
        stage=stage,
        polecat=polecat.metadata.name,
        says=says,
        cost=status.cost_usd,
        started=status.started_at,
        finished=status.last_activity if stage in (Stage.DONE, Stage.FAILED) else None,
        reason=status.reason,
        rig=polecat.spec.rig,
        branch=status.branch,
        commit=status.commit,
        doing=status.last_action if stage is Stage.WORKING else "",
    )


def _stage(polecat: Polecat, ended: Stage | None) -> Stage:
    # The polecats were read after the convoy and may know more.
    own = stage_of(polecat.status)
    if Stage.DONE in (ended, own):
        return Stage.DONE
    if ended is Stage.FAILED:
        return Stage.FAILED
    # What failed in an earlier attempt and is to be tried again has not failed yet.
    return Stage.WAITING if own is Stage.FAILED else own
