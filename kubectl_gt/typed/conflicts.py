"""Which beads are on their way already, or have arrived: the same bead in two convoys would fight for one branch."""

import datetime
from collections.abc import Iterable, Sequence

from crds import Convoy
from kubectl_gt.show import console
from kubectl_gt.town import Town
from workflows.beads import Bead, Beads, with_closed
from workflows.clean import plain
from workflows.errors import Occupied
from workflows.readiness import ready as unblocked


def refuse_carried(convoys: Iterable[Convoy], beads: Sequence[str], *, own: str | None, program: str) -> None:
    """Raise Occupied when an unfinished convoy carries one of the beads; `own` is the convoy that may."""
    for convoy in convoys:
        if convoy.status.ended or convoy.metadata.name == own:
            continue
        both = sorted(set(beads) & set(convoy.spec.bead_ids))
        if both:
            name = convoy.metadata.name
            raise Occupied(
                f"bead {both[0]}: convoy {name} carries it ({convoy.status.phase}, {convoy.status.progress}); "
                f"wait with `{program} convoy watch {name}`, or stop it first"
            )


def ready(town: Town, rig: str) -> tuple[Bead, ...]:
    """Beads of a rig that could be worked now. What was merged counts as closed: its bead file may not say so."""
    beads = town.rigs.beads(rig)
    for note in beads.notes if isinstance(beads, Beads) else ():
        console.stderr().print(plain(f"note: {note}"))
    now, held = datetime.datetime.now(datetime.UTC), town.rigs.get(rig).spec.hold_children
    return unblocked(with_closed(beads, town.rigs.merged(rig)), now=now, hold_children=held)


def merged_by(convoys: Iterable[Convoy], beads: Sequence[str]) -> dict[str, Convoy]:
    """Beads that convoys have merged, with the convoy that did it first."""
    found: dict[str, Convoy] = {}
    for convoy in convoys:
        for bead in convoy.status.merged_beads:
            if bead in beads:
                found.setdefault(bead, convoy)
    return found
