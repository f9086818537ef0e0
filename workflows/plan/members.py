"""Which beads a convoy holds, and which of their dependencies still order work."""

import dataclasses
import re
from collections.abc import Collection, Mapping

from crds import Convoy, InlineBead
from workflows.beads import NOT_WORK, Bead, Dependency
from workflows.errors import BeadRefused, BeadUnknown, ConvoyRefused
from workflows.hints import choices
from workflows.names import BeadId

_BEAD_ID = re.compile(r"(?=.{1,63}$)[A-Za-z0-9](?:(?:[A-Za-z0-9_-]|\.(?!\.|lock(?:\.|$)))*[A-Za-z0-9])?")


@dataclasses.dataclass(frozen=True, slots=True)
class Members:
    """The open beads of a convoy with the edges among them. Every id in `edges` is a key of `beads`."""

    beads: dict[BeadId, Bead]
    edges: dict[BeadId, tuple[BeadId, ...]]
    closed: tuple[BeadId, ...]
    notes: tuple[str, ...]


def members(convoy: Convoy, beads: Mapping[BeadId, Bead], *, done: Collection[BeadId] = ()) -> Members:
    """Resolve a convoy against the rig's beads.

    `done` are beads that an earlier attempt has merged. Raises BeadRefused for a bead that is unknown, is listed twice, cannot be
    worked or waits for open work outside of the convoy, and ConvoyRefused for a convoy without beads.
    """
    inline = {BeadId(bead.id): _from_inline(bead) for bead in convoy.spec.beads}
    listed = [*map(BeadId, convoy.spec.tracked_beads), *(BeadId(bead.id) for bead in convoy.spec.beads)]
    _refuse_twice(listed)
    if not listed:
        raise ConvoyRefused(f"convoy {convoy.metadata.name}: it holds no beads; name at least one")
    found = {bead: inline.get(bead) or _known(bead, beads) for bead in listed}
    work = {bead: found[bead] for bead in sorted(found) if found[bead].open and bead not in done}
    closed = tuple(sorted(found.keys() - work.keys()))
    for bead in work.values():
        _refuse_unworkable(bead)
    ignore = convoy.spec.on_open_dependency == "Ignore"
    edges: dict[BeadId, tuple[BeadId, ...]] = {}
    notes: list[str] = []
    for name, bead in work.items():
        needed = []
        for other in dict.fromkeys(bead.waits_for):
            if other in work:
                needed.append(other)
            elif other not in found:
                notes.extend(_outside(bead, other, beads, ignore=ignore, inline=name in inline))
        edges[name] = tuple(sorted(needed))
    return Members(beads=work, edges=edges, closed=closed, notes=tuple(notes))


def _outside(
    bead: Bead, other: BeadId, beads: Mapping[BeadId, Bead], *, ignore: bool, inline: bool
) -> list[str]:
    """What is to be said of a dependency that leaves the convoy; raises where it stops the bead."""
    if other in beads and not beads[other].open:
        return []
    if other not in beads and not other.startswith("external:"):
        if inline:
            raise BeadRefused(
                bead.id,
                f"depends on {other}, which neither the convoy nor the bead store knows; check the id",
            )
        return [f"{bead.id} depends on {other}, which the bead store does not know: taken as done"]
    if ignore:
        return [f"{bead.id} depends on {other}, which is open and not in this convoy: ignored as asked"]
    raise BeadRefused(
        bead.id,
        f"depends on {other}, which is open and not in this convoy; "
        "add it, close it, or ignore open dependencies",
    )


def _known(bead: BeadId, beads: Mapping[BeadId, Bead]) -> Bead:
    if bead not in beads:
        near = choices(bead, beads) if beads else "there is none on its base branch"
        raise BeadUnknown(bead, f"not found among the {len(beads)} beads of the rig; {near}")
    return beads[bead]


def _refuse_twice(listed: list[BeadId]) -> None:
    seen: set[BeadId] = set()
    for bead in listed:
        if bead in seen:
            raise BeadRefused(bead, "listed twice in the convoy; name it once")
        seen.add(bead)


def _refuse_unworkable(bead: Bead) -> None:
    if not _BEAD_ID.fullmatch(bead.id):
        raise BeadRefused(
            bead.id[:80],
            "its id cannot name a branch and a label; use letters, digits, `.`, `_` and `-`, "
            "63 at most, a letter or digit first and last",
        )
    if bead.issue_type in NOT_WORK:
        raise BeadRefused(
            bead.id, f"is of type {bead.issue_type}, which is no work; name the tasks under it instead"
        )
    if not bead.work:
        raise BeadRefused(bead.id, "is pinned, ephemeral or a template, which is no work; name another bead")


def _from_inline(bead: InlineBead) -> Bead:
    return Bead(
        id=BeadId(bead.id),
        title=bead.title,
        description=bead.description,
        acceptance_criteria=bead.acceptance,
        priority=bead.priority,
        issue_type=bead.type,
        labels=tuple(bead.labels),
        dependencies=tuple(Dependency(depends_on_id=BeadId(other)) for other in bead.depends_on),
    )


def asks_stores(convoy: Convoy) -> bool:
    """True where a convoy names beads that it does not carry itself: tracked ones, or what its own depend on."""
    own = {bead.id for bead in convoy.spec.beads}
    needed = {need for bead in convoy.spec.beads for need in bead.depends_on}
    return bool(convoy.spec.tracked_beads or needed - own)
