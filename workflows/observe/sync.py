"""`observe_sync`: what one Workflow that reads a bead store says."""

import dataclasses
import datetime

from crds import Manifest
from workflows import labels
from workflows.observe import nodes as reading


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SyncObservation:
    """One read of a bead store. `index` is the ConfigMap that the beads begin in, `words` why it went wrong, empty where it did not."""

    store: str
    ended: bool
    finished: datetime.datetime | None
    index: str
    commit: str
    words: str


def observe_sync(workflow: Manifest) -> SyncObservation | None:
    """Decode a read. None for any other Workflow. Never raises for any state that Argo can leave it in."""
    metadata, status = workflow["metadata"], workflow.get("status") or {}
    own = metadata.get("labels") or {}
    if labels.BEAD_STORE not in own:
        return None
    ended = own.get("workflows.argoproj.io/completed") == "true"
    nodes = reading.nodes_by_name(status) or {}
    outputs = reading.outputs(nodes.get(metadata["name"]))
    # The node above the attempts says only that there will be no further one.
    last = reading.attempts(nodes, metadata["name"])[-1:]
    good = status.get("phase") == "Succeeded" and bool(outputs.get("index"))
    words = (
        "".join(map(reading.sentence, last)) or str(status.get("message") or "") or "the read told nothing"
    )
    return SyncObservation(
        store=own[labels.BEAD_STORE],
        ended=ended,
        finished=reading.moment(status, "finishedAt"),
        index=outputs.get("index", "") if good else "",
        commit=outputs.get("commit", "") if good else "",
        words="" if good or not ended else words,
    )
