"""Submitting a Workflow: made once, whoever makes it and however often."""

import dataclasses
from collections.abc import Iterable

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


async def submit_texts(context: Context, config_maps: Iterable[Manifest], *, uid: str) -> None:
    """Make the ConfigMaps of a train. Raises Occupied, before anything is changed, where one is another owner's.

    A Convoy called polecat-foo and the Polecat foo would write the same names.
    """
    for each in config_maps:
        if labels.CONVOY not in each["metadata"]["labels"]:
            await context.writer.apply(each)
            continue
        try:
            await context.writer.create(each)
        except Exists:
            key = Key("ConfigMap", each["metadata"]["namespace"], each["metadata"]["name"])
            if uid not in _owners(await context.gateway.get(key)):
                raise Occupied(f"{key}: it belongs to another owner; delete that, or rename") from None
            await context.writer.apply(each)


async def submit_workflow(context: Context, workflow: Manifest, *, uid: str) -> None:
    """Create a Workflow; one that the owner of this uid made before is as good. Raises Occupied."""
    try:
        await context.writer.create(workflow)
    except Exists:
        metadata = workflow["metadata"]
        key = Key("Workflow", metadata["namespace"], metadata["name"])
        found = await context.gateway.get(key)
        if uid not in _owners(found):
            raise Occupied(f"{key}: another owner's Workflow has this name; delete it, or rename") from None
        context.writer.take("Workflow", found)


def _owners(found: Manifest) -> set[str]:
    return {each["uid"] for each in found["metadata"].get("ownerReferences") or ()}
