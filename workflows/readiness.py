"""Which beads agents may be given: what `bd ready` offers, and nothing that it holds back."""

import datetime
from collections.abc import Iterable, Mapping

from crds import Convoy
from workflows.beads import Bead
from workflows.names import BeadId


def ready(
    beads: Mapping[BeadId, Bead], *, now: datetime.datetime, hold_children: bool = True
) -> tuple[Bead, ...]:
    """Open work whose dependencies are all closed, most urgent first, as `bd ready` orders it.

    What is put off, pinned, ephemeral or a template is not offered. `hold_children` keeps back the children of an epic that
    itself waits or is put off, all the way down, as `bd ready` does.
    """
    held = {bead.id for bead in beads.values() if _waits(bead, beads, now)}
    if hold_children:
        held |= _below(held, beads)
    found = (bead for bead in beads.values() if bead.status == "open" and bead.work and bead.id not in held)
    return tuple(sorted(found, key=lambda bead: (bead.priority, bead.created_at, bead.id)))


def _waits(bead: Bead, beads: Mapping[BeadId, Bead], now: datetime.datetime) -> bool:
    return bead.deferred(now) or any(other in beads and beads[other].open for other in bead.waits_for)


def _below(held: set[BeadId], beads: Mapping[BeadId, Bead]) -> set[BeadId]:
    """All beads under open ones that are held. Without recursion: a file may nest them as deep as it likes, or in a circle."""
    children: dict[BeadId, list[BeadId]] = {}
    for bead in beads.values():
        for parent in bead.parents:
            children.setdefault(parent, []).append(bead.id)
    found: set[BeadId] = set()
    due = [name for name in held if beads[name].open]
    while due:
        for child in children.get(due.pop(), ()):
            if child not in found:
                found.add(child)
                due.append(child)
    return found


def taken_back(convoys: Iterable[Convoy]) -> frozenset[tuple[str, BeadId]]:
    """The merges, by convoy and bead, that these convoys have reverted."""
    return frozenset(
        (bead.reverts.convoy, BeadId(bead.reverts.bead))
        for convoy in convoys
        for bead in convoy.spec.beads
        if bead.reverts and bead.id in convoy.status.merged_beads
    )
