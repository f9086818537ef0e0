"""What Argo's controller writes into a Workflow's status, as far as the adapter reads it."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from inmemory import Manifest

from workflows.shape import merge_task, work_task

SHA = "0123456789abcdef0123456789abcdef01234567"

COMPLETED = "workflows.argoproj.io/completed"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bead:
    """How far a bead is: `work` and `merge` are phases of Argo's, empty for a step that was not reached."""

    work: str = ""
    merge: str = ""
    told: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """What its agent's step puts out, beside the branch and the commit that it published."""
    outcome: str = "merged"
    """What its merge puts out, where it went well; where it did not, why."""
    activity: int = 0
    again: bool = False
    """Whether Argo is to try the agent again."""


WORKING = Bead(work="Running")
REFUSED = Bead(work="Succeeded", merge="Failed", outcome="GateFailed")
MERGED = Bead(work="Succeeded", merge="Succeeded")


def show(workflow: Manifest, beads: Mapping[str, Bead], *, at: str) -> Manifest:
    """The Workflow with a node for everything that was reached."""
    name = workflow["metadata"]["name"]
    nodes: dict[str, Any] = {name: _node(name, name, "DAG", "Running", at)}
    for task, each in beads.items():
        nodes |= _delivery(name, task, each, at)
    began = (workflow.get("status") or {}).get("startedAt", at)
    return workflow | {"status": {"phase": "Running", "startedAt": began, "nodes": nodes}}


def end(workflow: Manifest, phase: str, *, at: str, message: str = "") -> Manifest:
    """The Workflow once it has ended, with all its results in."""
    metadata = workflow["metadata"]
    status = workflow.get("status") or {"startedAt": at}
    over = {"phase": phase, "finishedAt": at} | ({"message": message} if message else {})
    return workflow | {
        "metadata": metadata | {"labels": {**metadata.get("labels", {}), COMPLETED: "true"}},
        "status": {**status, **over},
    }


def succeed(workflow: Manifest, *, at: str, **outputs: str) -> Manifest:
    """A Workflow of one step, as reads of bead stores and checks of repositories are, once that went well."""
    name = workflow["metadata"]["name"]
    node = _node(name, name, "Pod", "Succeeded", at) | _outputs(outputs)
    shown = workflow | {"status": {"phase": "Running", "startedAt": at, "nodes": {name: node}}}
    return end(shown, "Succeeded", at=at)


def fail(workflow: Manifest, *, at: str, message: str, **outputs: str) -> Manifest:
    """The same, once that went wrong."""
    name = workflow["metadata"]["name"]
    node = _node(name, name, "Pod", "Failed", at) | {"message": message} | _outputs(outputs)
    shown = workflow | {"status": {"phase": "Running", "startedAt": at, "nodes": {name: node}}}
    return end(shown, "Failed", at=at, message=message)


def _delivery(name: str, task: str, bead: Bead, at: str) -> dict[str, Any]:
    base = f"{name}.{task}"
    phase = bead.merge or ("Running" if bead.work == "Succeeded" or bead.again else bead.work)
    found = {base: _node(name, base, "DAG", phase, at)}
    work = dict(bead.told)
    if bead.work == "Succeeded":
        work = {"branch": f"polecat/{task}", "sha": SHA, "base": SHA, "reason": "Completed"} | work
    told = _outputs(work) | ({"progress": f"{bead.activity}/{bead.activity + 1}"} if bead.activity else {})
    working, merging = f"{base}.{work_task(task)}", f"{base}.{merge_task(task)}"
    for path, kind in ((working, "Retry"), (f"{working}(0)", "Pod")):
        going = bead.again and kind == "Retry"
        found[path] = _node(name, path, kind, "Running" if going else bead.work, at) | told
    if bead.merge:
        put_out = (
            {"outcome": bead.outcome, "sha": SHA} if bead.merge == "Succeeded" else {"reason": bead.outcome}
        )
        found[merging] = _node(name, merging, "Pod", bead.merge, at) | _outputs(put_out)
    return {each: node for each, node in found.items() if node["phase"]}


def _node(workflow: str, name: str, kind: str, phase: str, at: str) -> dict[str, Any]:
    ident = workflow if name == workflow else f"{workflow}-{sum(map(ord, name)) * 7919 + len(name)}"
    node = {"id": ident, "name": name, "displayName": name, "type": kind, "phase": phase, "startedAt": at}
    if name.endswith("(0)"):
        node["templateName"] = "polecat"
    return node | ({"finishedAt": at} if phase in ("Succeeded", "Failed", "Error") else {})


def _outputs(values: Mapping[str, str]) -> dict[str, Any]:
    parameters = [{"name": name, "value": value} for name, value in values.items()]
    return {"outputs": {"parameters": parameters}} if parameters else {}
