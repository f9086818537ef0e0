"""Submitting a Workflow: made once, whoever makes it and however often."""

from adapter.context import Context
from adapter.errors import Exists
from adapter.objects.keys import Key
from crds import Manifest
from workflows.errors import Occupied


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
