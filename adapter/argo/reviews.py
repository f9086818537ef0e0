"""Ends waits for people: a merge whose pull request has changed since it looked, looks again.

gastown-events lists the open pull requests and says in the Rig how each looks; nobody here asks a forge. Argo's resume is a change of the
node, made here as it makes it, as argo-server need not be there.
"""

import base64
import datetime
import gzip
import json
from collections.abc import Collection, Iterable

from adapter.api.changes import Change
from adapter.objects.views import WorkflowView
from crds import EventsStatus, Manifest
from workflows.convoys.reviews import Listed
from workflows.observe import Stage
from workflows.observe.bead import BeadObservation
from workflows.observe.nodes import nodes_by_name

RESUMED = "its pull request has changed"


def waiting(workflows: Iterable[WorkflowView]) -> int:
    """How many merges wait for people without a pod."""
    return sum(bool(bead.parked) for each in workflows if not each.ended for bead in each.observation.beads)


def over(view: WorkflowView, told: EventsStatus | None) -> tuple[str, ...]:
    """The nodes of a Workflow whose wait is over, by what was told of the rig's pull requests."""
    listed = Listed.of(told)
    if listed is None or view.ended or view.deleting:
        return ()
    return tuple(each.parked for each in view.observation.beads if _over(each, listed))


def _over(bead: BeadObservation, listed: Listed) -> bool:
    if not bead.parked or bead.stage is not Stage.MERGING or bead.parked_at is None:
        return False
    return listed.changed(bead.mark, since=bead.parked_at, looked_at=bead.looked_at)


def resume(
    view: WorkflowView, manifest: Manifest, names: Collection[str], *, now: datetime.datetime
) -> Change | None:
    """The change that ends these nodes of the Workflow as it is now; None where there is nothing to end, or its nodes are stored elsewhere."""
    status = manifest.get("status") or {}
    known = nodes_by_name(status) or {}
    nodes = [node for name in names if (node := known.get(name)) and node.get("phase") == "Running"]
    if not nodes:
        return None
    at = now.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ended = {"phase": "Succeeded", "message": RESUMED, "finishedAt": at}
    if not status.get("compressedNodes"):
        patch: Manifest = {"status": {"nodes": {node["id"]: ended for node in nodes}}}
        return Change(key=view.key, uid=view.uid, patch=patch)
    gone = {node["id"] for node in nodes}
    whole = {node["id"]: node | (ended if node["id"] in gone else {}) for node in known.values()}
    packed = base64.b64encode(gzip.compress(json.dumps(whole).encode(), mtime=0)).decode()
    # All nodes are one text there: it must be the one that was read.
    version = {"resourceVersion": manifest["metadata"]["resourceVersion"]}
    return Change(
        key=view.key, uid=view.uid, patch={"metadata": version, "status": {"compressedNodes": packed}}
    )
