"""The merge queue in the order in which the refinery takes it, from what Polecats and Convoys say."""

import datetime
from collections.abc import Iterable, Mapping

from crds import Convoy, Polecat
from workflows.entries import Entry
from workflows.labels import CONVOY
from workflows.observe import Stage, stage_of
from workflows.observe.bead import MERGING
from workflows.refinery.queue import rank

Priorities = Mapping[tuple[str, str], int]
"""By rig and bead."""

DEFAULT_PRIORITY = 2


def queued(polecats: Iterable[Polecat]) -> list[Polecat]:
    """The polecats whose work is published and waits for the refinery, or is with it."""
    return [each for each in polecats if stage_of(each.status) is Stage.MERGING]


def in_merge_order(
    polecats: Iterable[Polecat], convoys: Iterable[Convoy], priorities: Priorities, *, now: datetime.datetime
) -> list[Polecat]:
    """By rig: first what is being merged, then as the queue ranks. `priorities` are those of beads that no convoy carries itself.

    A red gate of an earlier attempt costs a bead rank too; only the queue's own entry tells of it.
    """
    known = {each.metadata.name: each for each in convoys}

    def place(polecat: Polecat) -> tuple[str, bool, tuple[bool, float, str]]:
        entry = _entry(polecat, known.get(polecat.metadata.labels.get(CONVOY, "")), priorities)
        return polecat.spec.rig, polecat.status.reason != MERGING, rank(entry, now.timestamp())

    return sorted(polecats, key=place)


def inline_priorities(convoys: Iterable[Convoy]) -> dict[tuple[str, str], int]:
    """The priorities of the beads that convoys carry themselves."""
    return {
        (convoy.spec.rig_ref or convoy.status.rig, bead.id): bead.priority
        for convoy in convoys
        for bead in convoy.spec.beads
    }


def _entry(polecat: Polecat, convoy: Convoy | None, priorities: Priorities) -> Entry:
    created = (convoy or polecat).metadata.creation_timestamp
    published = polecat.status.finished_at
    return Entry(
        bead=polecat.spec.bead_id,
        task=polecat.metadata.name,
        convoy=convoy.metadata.name if convoy else "",
        created=created.isoformat() if created else "",
        priority=priorities.get((polecat.spec.rig, polecat.spec.bead_id), DEFAULT_PRIORITY),
        title="",
        branch=polecat.status.branch,
        base=polecat.status.base,
        published=int(published.timestamp()) if published else 0,
        rounds=polecat.status.conflicts or 0,
    )
