"""What waits for a person, and the step that lets it go on."""

import dataclasses
import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from crds import Convoy, Polecat, Rig
from kubectl_gt.show.inbox.obstacles import Obstacle, obstacles
from kubectl_gt.show.nextstep import next_step
from kubectl_gt.show.snapshot import left_to_people, of_polecat, titles_of
from kubectl_gt.town import Town
from workflows.clock import LONG_AGO
from workflows.exits import Reason
from workflows.labels import CONVOY
from workflows.observe import Stage, stage_of
from workflows.observe.reasons import DEPENDENCY_FAILED, HELD
from workflows.polecats import begun


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that goes on only when a person does something: what it is, why, and the command or deed."""

    what: str
    title: str
    why: str
    step: str


Titles = Callable[[Convoy], Mapping[str, str]]


def _inline(convoy: Convoy) -> Mapping[str, str]:
    return {bead.id: bead.title for bead in convoy.spec.beads}


def needs(
    rigs: Iterable[Rig],
    convoys: Sequence[Convoy],
    polecats: Iterable[Polecat],
    *,
    stalled: Mapping[str, str],
    program: str,
    titled: Titles = _inline,
) -> tuple[Need, ...]:
    """Everything that waits: rigs, convoys, then beads, the latest failure first.

    `stalled` says why a convoy does not go on by itself, `titled` the titles of its beads.
    """
    unhappy = [_rig(rig, program) for rig in rigs if rig.status.phase == "Degraded"]
    halted = [
        Need(
            what=f"convoy {each.metadata.name}",
            title=each.spec.description,
            why=why,
            step=f"{program} convoy resume {each.metadata.name}",
        )
        for each in convoys
        if (why := stalled.get(each.metadata.name, ""))
    ]
    unplanned = [_unplanned(each, why, program) for each in convoys if (why := _said(each, *_UNPLANNED))]
    suspended = [_suspended(each, why) for each in convoys if (why := _said(each, *_SUSPENDED))]
    polecats = tuple(polecats)
    failed = sorted(_failed(convoys, polecats), key=_last_seen, reverse=True)
    known = {each.metadata.name: each for each in convoys}
    asked = {each.metadata.labels.get(CONVOY, "") for each in failed} & set(known)
    titles = {name: titled(known[name]) for name in asked}
    by_hand = {name: left_to_people(known[name]) for name in asked}
    beads = (_bead(each, titles, by_hand, program) for each in failed)
    waiting = map(_waits, obstacles(polecats, program=program))
    return (*unhappy, *waiting, *halted, *unplanned, *suspended, *beads)


def of_town(
    town: Town, convoys: Sequence[Convoy], polecats: Iterable[Polecat], *, program: str
) -> tuple[Need, ...]:
    """The same of a town, which says why convoys that have not ended do not go on by themselves, and what beads are called."""
    stalled = {each.metadata.name: town.stalled(each) for each in convoys if not each.status.ended}
    return needs(
        town.rigs.all(),
        convoys,
        polecats,
        stalled=stalled,
        program=program,
        titled=lambda convoy: titles_of(town.graph(convoy)),
    )


def _failed(convoys: Iterable[Convoy], polecats: Iterable[Polecat]) -> Iterator[Polecat]:
    """Polecats that are held, wait for a review, or failed by themselves, and that no later run of their bead on the same rig and branch has taken over."""
    by_name = {each.metadata.name: each for each in convoys}
    under_way = {
        (each.rig, each.spec.base_branch, bead)
        for each in by_name.values()
        if not each.status.ended
        for bead in set(each.spec.bead_ids) - set(each.status.failed_beads)
    }
    latest: dict[tuple[str, str | None, str], Polecat] = {}
    for polecat in sorted(polecats, key=begun):
        convoy = by_name.get(polecat.metadata.labels.get(CONVOY, ""))
        base = convoy.spec.base_branch if convoy else None
        latest[polecat.spec.rig, base, polecat.spec.bead_id] = polecat
    for delivery, polecat in latest.items():
        failed = stage_of(polecat.status) is Stage.FAILED and polecat.status.reason != DEPENDENCY_FAILED
        if polecat.status.reason in (HELD, Reason.AWAITING_REVIEW.word) or (
            failed and delivery not in under_way
        ):
            yield polecat


def _waits(found: Obstacle) -> Need:
    return Need(
        what=f"rig {found.rig}" if found.rig else "polecats",
        title=f"waiting: {', '.join(found.beads)}",
        why=found.why,
        step=found.step,
    )


def _last_seen(polecat: Polecat) -> datetime.datetime:
    return polecat.status.last_activity or LONG_AGO


def _bead(
    polecat: Polecat,
    titles: Mapping[str, Mapping[str, str]],
    by_hand: Mapping[str, frozenset[str]],
    program: str,
) -> Need:
    """A convoy that is no longer there can't be gone on with."""
    convoy = polecat.metadata.labels.get(CONVOY, "")
    [row] = of_polecat(polecat).rows
    row = dataclasses.replace(row, by_hand=row.bead in by_hand.get(convoy, ()))
    return Need(
        what=polecat.spec.bead_id,
        title=titles.get(convoy, {}).get(polecat.spec.bead_id, ""),
        why=row.why,
        step=next_step(row, convoy=convoy if convoy in titles else "", program=program),
    )


def _rig(rig: Rig, program: str) -> Need:
    why = next(
        (each.message for each in rig.status.conditions if each.status == "False" and each.message), ""
    )
    return Need(
        what=f"rig {rig.metadata.name}",
        title=rig.spec.git_url,
        why=why or rig.status.phase,
        step=f"{program} rig status {rig.metadata.name}",
    )


_UNPLANNED = ("Planned", "False", "")
_SUSPENDED = ("Suspended", "True", "ByHand")
"""Conditions that only a cluster has, with their status and reason: it makes a convoy before it knows, and Argo's tools reach its Workflows."""


def _said(convoy: Convoy, kind: str, status: str, reason: str) -> str:
    """The message of a condition of a convoy that has not ended, where it stands so."""
    conditions = () if convoy.status.ended else convoy.status.conditions
    found = (each for each in conditions if (each.type, each.status) == (kind, status))
    return next((each.message for each in found if reason in ("", each.reason)), "")


def _suspended(convoy: Convoy, why: str) -> Need:
    workflows = why.partition(" was suspended")[0].replace(",", "")
    return Need(
        what=f"convoy {convoy.metadata.name}",
        title=convoy.spec.description,
        why=why,
        step=f"`argo resume {workflows}`",
    )


def _unplanned(convoy: Convoy, why: str, program: str) -> Need:
    name = convoy.metadata.name
    return Need(
        what=f"convoy {name}",
        title=convoy.spec.description,
        why=why,
        step=f"{program} convoy status {name}",
    )
