"""The whole town at one moment: what needs a person, what runs, what was merged today, and what it cost."""

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence

from crds import Convoy, Manifest, Polecat, Rig
from workflows.labels import CONVOY
from workflows.observe import Stage, stage_of
from workflows.observe.bead import DEPENDENCY_FAILED

_LONG_AGO = datetime.datetime.min.replace(tzinfo=datetime.UTC)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that goes on only when a person does something: what it is, why, and the command or deed."""

    what: str
    title: str
    why: str
    step: str


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
        return dataclasses.asdict(self) | {"since": self.since.strftime("%Y-%m-%dT%H:%M:%SZ")}


def overview(
    rigs: Iterable[Rig],
    convoys: Sequence[Convoy],
    polecats: Sequence[Polecat],
    *,
    stalled: Mapping[str, str],
    since: datetime.datetime,
    program: str,
) -> Overview:
    """What stands where. `stalled` says of convoys why nothing more happens to them by itself."""
    done = {each.spec.bead_id for each in polecats if stage_of(each.status) is Stage.DONE}
    by_convoy: dict[str, list[Polecat]] = {}
    for polecat in polecats:
        by_convoy.setdefault(polecat.metadata.labels.get(CONVOY, ""), []).append(polecat)
    failed = [each for each in convoys if each.status.phase == "Failed"]
    needs = [*(_rig(rig) for rig in rigs if _unhappy(rig))]
    needs += [
        Need(what=f"convoy {name}", title="", why=why, step=f"{program} convoy resume {name}")
        for name, why in stalled.items()
        if why
    ]
    for convoy in sorted(failed, key=lambda each: each.status.completed_at or _LONG_AGO, reverse=True):
        needs += _failures(convoy, by_convoy.get(convoy.metadata.name, ()), done, program)
    recent = [each for each in polecats if (each.status.last_activity or _LONG_AGO) >= since]
    return Overview(
        needs=tuple(needs),
        running=tuple(_running(each) for each in convoys if each.status.phase in ("Pending", "InProgress")),
        merged=sum(bool(each.status.merged_commit) for each in recent),
        cost=sum(each.status.cost_usd or 0.0 for each in recent),
        since=since,
    )


def _failures(convoy: Convoy, polecats: Iterable[Polecat], done: set[str], program: str) -> list[Need]:
    return [
        Need(
            what=each.spec.bead_id,
            title=convoy.spec.description,
            why=f"{each.status.reason}: {each.status.summary}" if each.status.reason else each.status.summary,
            step=f"{program} convoy status {convoy.metadata.name}",
        )
        for each in polecats
        if stage_of(each.status) is Stage.FAILED
        and each.status.reason != DEPENDENCY_FAILED
        and each.spec.bead_id not in done
    ]


def _unhappy(rig: Rig) -> bool:
    return rig.status.phase == "Degraded"


def _rig(rig: Rig) -> Need:
    why = next(
        (each.message for each in rig.status.conditions if each.status == "False" and each.message), ""
    )
    name = rig.metadata.name
    return Need(
        what=f"rig {name}", title=rig.spec.git_url, why=why or rig.status.phase, step=f"rig status {name}"
    )


def _running(convoy: Convoy) -> Running:
    status = convoy.status
    total = len(convoy.spec.tracked_beads) + len(convoy.spec.beads)
    phases = status.phases
    return Running(
        name=convoy.metadata.name,
        rig=convoy.spec.rig_ref or status.rig,
        description=convoy.spec.description,
        done=len(status.completed_beads),
        total=total,
        working=(phases.working + phases.merging) if phases else 0,
        queued=phases.waiting if phases else total,
        failed=len(status.failed_beads),
        cost=status.cost_usd,
    )
