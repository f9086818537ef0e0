"""The status of a refinery, from the merges of the Workflows that are its own."""

import datetime
from collections.abc import Sequence

from adapter.objects.conditions import times, to_wire, with_times, without_effect
from crds import Manifest, Refinery
from workflows.observe import Observation, refinery_status


def status_of(refinery: Refinery, observations: Sequence[Observation], *, now: datetime.datetime) -> Manifest:
    """What its queue does. Sums don't go back when Workflows that they come from are deleted in their time."""
    found, before = refinery_status(observations), refinery.status
    merges, earlier = found.merges_summary, before.merges_summary
    succeeded = max(merges.succeeded, earlier.succeeded)
    failed = max(merges.failed, earlier.failed)
    conditions = [*found.conditions, *without_effect(refinery.spec)]
    last = max(
        (each for each in (found.last_merge, before.last_merge) if each),
        key=lambda each: each.time,
        default=None,
    )
    generation = refinery.metadata.generation
    update = {
        "merges_summary": merges.model_copy(
            update={"succeeded": succeeded, "failed": failed, "total": succeeded + failed}
        ),
        "conflicts": max(found.conflicts, before.conflicts),
        "last_merge": last,
        "last_merge_time": last.time if last else None,
        "observed_generation": generation,
        "conditions": with_times(conditions, times(before.conditions), now=now, generation=generation),
    }
    return to_wire(found.model_copy(update=update))
