"""What the merge nodes of a rig's Workflows say about its refinery."""

from collections.abc import Sequence

from crds import LastMerge, MergesSummary, RefineryStatus
from workflows.exits import Reason
from workflows.observe.bead import BeadObservation
from workflows.observe.conditions import condition
from workflows.observe.reasons import Stage
from workflows.observe.workflow import Observation

_REFUSED = frozenset(reason.word for reason in (Reason.CONFLICT, Reason.GATE_FAILED, Reason.REJECTED))


def queue(observations: Sequence[Observation]) -> tuple[BeadObservation, ...]:
    """Beads that are published and wait for the refinery, the one being merged first, then in the order they came."""
    found = [
        bead for each in observations if not each.ended for bead in each.beads if bead.stage is Stage.MERGING
    ]
    return tuple(sorted(found, key=lambda bead: (bead.reason != "Merging", str(bead.published), bead.bead)))


def refinery_status(observations: Sequence[Observation]) -> RefineryStatus:
    """The status of a rig's refinery from all its Workflows."""
    waiting = queue(observations)
    beads = [bead for each in observations for bead in each.beads]
    merged = [bead for bead in beads if bead.merged]
    failed = [bead for bead in beads if bead.stage is Stage.FAILED and bead.reason in _REFUSED]
    current = waiting[0].bead if waiting and waiting[0].reason == "Merging" else ""
    last = max(
        (bead for bead in merged if bead.finished), key=lambda bead: (bead.finished, bead.bead), default=None
    )
    at = last.finished if last else None
    message = f"{len(waiting)} in the queue"
    red = next((bead.target_red for bead in waiting if bead.target_red), "")
    return RefineryStatus(
        phase="Error" if red else "Processing" if waiting else "Idle",
        queue_length=len(waiting),
        current_merge=current,
        last_merge_time=at,
        last_merge=LastMerge(bead=last.bead, commit=last.merged, time=last.finished)
        if last and last.finished
        else None,
        merges_summary=MergesSummary(
            total=len(merged) + len(failed), succeeded=len(merged), failed=len(failed), pending=len(waiting)
        ),
        conflicts=sum(bead.conflicts for bead in beads),
        conditions=(
            condition("Processing", "Processing" if waiting else "Idle", message, holds=bool(waiting), at=at),
            condition("Ready", "TargetRed", red, holds=False, at=at)
            if red
            else condition("Ready", "Idle" if not waiting else "Processing", message, holds=True, at=at),
            *((condition("TargetRed", "GatesFailOnTarget", red, holds=True, at=at),) if red else ()),
        ),
    )
