"""Where a convoy's beads come from: its own spec, and the bead stores of its rig; and what it must wait for before it can be planned."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence

from adapter.objects.conditions import Problem, condition_of
from crds import BeadStore, Convoy
from workflows.beads import Bead, with_closed
from workflows.names import BeadId
from workflows.plan import asks_stores


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A bead store as a convoy sees it. `beads` is None before it was read."""

    store: BeadStore
    beads: Mapping[BeadId, Bead] | None

    @property
    def name(self) -> str:
        """The store as people write it."""
        return f"{self.store.metadata.namespace}/{self.store.metadata.name}"


def beads_of(sources: Sequence[Source], merged: Collection[str] = ()) -> dict[BeadId, Bead]:
    """All beads of a rig's stores; of two that know a bead, the first is asked. `merged` are closed, whatever the stores say."""
    found: dict[BeadId, Bead] = {}
    for source in reversed(sources):
        found |= source.beads or {}
    return with_closed(found, merged) if merged else found


def obstacle(
    convoy: Convoy, rig: str, sources: Sequence[Source], *, carried: Collection[BeadId]
) -> Problem | None:
    """Why a convoy can't be planned yet; None where it can.

    `carried` are beads that run or have run: nobody needs to know them any more.
    """
    if not asks_stores(convoy):
        return None
    if not sources:
        if not convoy.spec.tracked_beads:
            return None
        return Problem(
            "BeadStoreNotFound",
            f"rig {rig} has no BeadStore that knows its trackedBeads; make one with rigRef {rig}, or write the beads into spec.beads",
        )
    unread = [each for each in sources if each.beads is None]
    if unread:
        message = f"waits for bead store {unread[0].name}, {_state(unread[0])}"
        return Problem("BeadStoreNotSynced", message)
    known = beads_of(sources)
    known = {**known, **frozen({}, carried)}
    missing = [bead for bead in convoy.spec.tracked_beads if BeadId(bead) not in known]
    if not missing:
        return None
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    names = " and ".join(each.name for each in sources)
    store = sources[0].store
    return Problem(
        "BeadsUnknown",
        f"bead {', '.join(missing[:3])}{more}: not in bead store {names}, which holds {len(beads_of(sources))} beads at "
        f"{store.status.commit[:12] or 'its last read'}; push it, and it is read within {store.spec.sync_interval}",
    )


def frozen(beads: Mapping[BeadId, Bead], carried: Collection[BeadId]) -> dict[BeadId, Bead]:
    """The beads for planning what is left. Those that are carried are as they were compiled, whatever their store says by now."""
    stays = {bead: Bead(id=bead, title=beads[bead].title if bead in beads else "") for bead in carried}
    return {**beads, **stays}


def _state(source: Source) -> str:
    synced = condition_of(source.store.status.conditions, "Synced")
    if synced is None or synced.reason == "NotReadYet":
        return "which is being read for the first time"
    return f"which can't be read: {synced.message}"
