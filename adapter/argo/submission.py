"""Submitting a Workflow: made once, whoever makes it and however often."""

import dataclasses

from adapter.argo.finalizer import with_finalizer
from adapter.context import Context
from adapter.errors import Exists
from adapter.objects.keys import Key
from adapter.objects.owners import with_owner
from crds import Manifest, Resource, Rig
from workflows import labels
from workflows.compile import Compiled
from workflows.errors import Occupied


def owned(compiled: Compiled, owner: Resource, rig: Rig | None) -> Compiled:
    """A compiled train that goes away with its owner, and whose Workflow begins with our finalizer.

    The rig's semaphore goes with the rig, from the start: OpenShift lets nobody add an owner later who may not delete.
    """

    def mapped(config_map: Manifest) -> Manifest:
        if labels.CONVOY in config_map["metadata"]["labels"]:
            return with_owner(config_map, owner)
        return with_owner(config_map, rig) if rig else config_map

    return dataclasses.replace(
        compiled,
        config_maps=tuple(mapped(each) for each in compiled.config_maps),
        workflow=with_finalizer(with_owner(compiled.workflow, owner)),
    )


async def submit_workflow(context: Context, workflow: Manifest, *, uid: str) -> None:
    """Create a Workflow; one that the owner of this uid made before is as good. Raises Occupied."""
    try:
        await context.writer.create(workflow)
    except Exists:
        metadata = workflow["metadata"]
        key = Key("Workflow", metadata["namespace"], metadata["name"])
        found = await context.gateway.get(key)
        owners = {each["uid"] for each in found["metadata"].get("ownerReferences") or ()}
        if uid not in owners:
            raise Occupied(f"{key}: another owner's Workflow has this name; delete it, or rename") from None
        context.writer.take("Workflow", found)
