"""A stored Workflow with what its nodes tell."""

from collections.abc import Sequence

from crds import Manifest
from workflows import labels


def with_status(workflow: Manifest, nodes: Sequence[Manifest]) -> Manifest:
    """A Workflow as Argo would show it: with `status.nodes`, once its root has begun."""
    name = workflow["metadata"]["name"]
    root = next((node for node in nodes if node["name"] == name), None)
    if root is None:
        return workflow
    ended = root["finishedAt"] is not None
    status = {
        "phase": root["phase"],
        "startedAt": root["startedAt"],
        "finishedAt": root["finishedAt"],
        "nodes": {node["id"]: node for node in nodes},
    }
    if root.get("message"):
        status["message"] = root["message"]
    metadata = workflow["metadata"]
    told = {
        labels.LOCAL: "true",
        "workflows.argoproj.io/phase": root["phase"],
        "workflows.argoproj.io/completed": str(ended).lower(),
    }
    return workflow | {"metadata": metadata | {"labels": metadata["labels"] | told}, "status": status}
