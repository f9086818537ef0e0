"""The whole town at one moment: what needs a person, what runs, what was merged today, and what it cost."""

import dataclasses
import datetime
from collections.abc import Iterable

from crds import Convoy, Manifest, Polecat
from kubectl_gt.show.inbox.needs import Need
from workflows.clock import LONG_AGO, timestamp


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A convoy under way, by how many of its beads are in which stage."""

    name: str
    rig: str
    description: str
    done: int
    total: int
    working: int
    queued: int
    failed: int
    cost: float | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The town. `cost` is in US dollars, of what ended since `since`."""

    needs: tuple[Need, ...]
    running: tuple[Running, ...]
    merged: int
    cost: float
    since: datetime.datetime

    def json(self) -> Manifest:
        """The same for a program."""
        return dataclasses.asdict(self) | {"since": timestamp(self.since)}


def overview(
    needs: tuple[Need, ...],
    convoys: Iterable[Convoy],
    polecats: Iterable[Polecat],
    *,
    since: datetime.datetime,
) -> Overview:
    """What stands where, beside what needs a person."""
    recent = [each for each in polecats if (each.status.last_activity or LONG_AGO) >= since]
    return Overview(
        needs=needs,
        running=tuple(_running(each) for each in convoys if each.status.phase in ("Pending", "InProgress")),
        merged=sum(bool(each.status.merged_commit) for each in recent),
        cost=sum(each.status.cost_usd or 0.0 for each in recent),
        since=since,
    )


def _running(convoy: Convoy) -> Running:
    status = convoy.status
    total = len(convoy.spec.bead_ids)
    phases = status.phases
    return Running(
        name=convoy.metadata.name,
        rig=convoy.rig,
        description=convoy.spec.description,
        done=len(status.completed_beads),
        total=total,
        working=(phases.working + phases.merging) if phases else 0,
        queued=phases.waiting if phases else total,
        failed=len(status.failed_beads),
        cost=status.cost_usd,
    )
