"""What a played pod does: how long it runs, how it exits, what it puts out. Plain functions over the pod as JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.shape import POLECAT

Pod = Mapping[str, Any]

NODE = "gastown-player"
"""The node of all played pods."""

LEASES = "kube-node-lease"
"""Where nodes give their signs of life."""

DIRECTIONS = "player"
"""The ConfigMap that says what the pods of its namespace do."""

PLAYED = "gastown.io/played"
"""The resource that pods ask for in a namespace whose pods are played. No node has it, so no scheduler ever finds one for them."""

NODE_NAME = "workflows.argoproj.io/node-name"
NODE_ID = "workflows.argoproj.io/node-id"
WORKFLOW = "workflows.argoproj.io/workflow"
OUTPUTS_COMPLETED = "workflows.argoproj.io/report-outputs-completed"

GOOD = {"reason": "Completed", "outcome": "merged"}
"""Outputs of a pod that nobody directed; any other declared output gets a value made from its node's name."""

LEFT = {"reason": "Completed", "outcome": "", "merged": ""}
"""The same of a polecat, which leaves its work to the merge."""


@dataclass(frozen=True, slots=True)
class Part:
    """One pod's play: `seconds` of running, the exit code of `main`, the outputs that it writes (others are made up, null leaves one out).

    `said` is its last words, `late` in how many seconds after the pod's end the executor's word that the outputs are whole arrives.
    """

    seconds: float = 0.5
    code: int = 0
    outputs: dict[str, str | None] = field(default_factory=dict)
    said: str = ""
    late: float = 0.0


def part(pod: Pod, directions: Mapping[str, str]) -> Part:
    """The part of a pod: what `directions` say for its Argo node, else success after the default `seconds`.

    A key of a ConfigMap has only letters, digits, `-`, `_` and `.`, so the brackets of `wf.task(0)` stand as `_` there.
    """
    name = pod["metadata"].get("annotations", {}).get(NODE_NAME, pod["metadata"]["name"])
    key = name.replace("(", "_").replace(")", "_")
    told = json.loads(directions.get(key, "{}"))
    return Part(**{"seconds": float(directions.get("seconds", Part().seconds)), **told})


def is_played(pod: Pod) -> bool:
    """True where a pod waits for the player."""
    asked = (each.get("resources", {}).get("limits", {}) for each in pod["spec"]["containers"])
    return any(PLAYED in each for each in asked)


def running(pod: Pod, now: str) -> dict[str, Any]:
    """The status of a pod whose containers have all started."""
    state = {"running": {"startedAt": now}}
    return _status(pod, "Running", now, states=dict.fromkeys(_containers(pod), state))


def ended(pod: Pod, act: Part, *, started: str, now: str) -> dict[str, Any]:
    """The status of a pod that has ended; only `main` carries the exit code, as with Argo's executor."""
    states = {name: _ended(0, started, now) for name in _containers(pod)}
    states["main"] = _ended(act.code, started, now, said=act.said)
    return _status(pod, "Failed" if act.code else "Succeeded", started, states=states)


def result(pod: Pod, act: Part, *, whole: bool = True) -> dict[str, Any] | None:
    """The WorkflowTaskResult that the executor would write, or None for a pod that is not Argo's or puts nothing out.

    Before it is `whole` it holds no outputs, and says that they are to come.
    """
    metadata = pod["metadata"]
    node = metadata.get("annotations", {}).get(NODE_ID)
    parameters = _template(pod).get("outputs", {}).get("parameters", ())
    declared = {
        each["name"]: {key: each[key] for key in ("globalName",) if key in each} for each in parameters
    }
    if node is None or not declared:
        return None
    workflow = metadata["labels"][WORKFLOW]
    good = LEFT if _template(pod).get("name") == POLECAT else GOOD
    values = {name: act.outputs.get(name, good.get(name, _made_up(node, name))) for name in declared}
    told = [
        {"name": name, "value": value, **declared[name]}
        for name, value in values.items()
        if value is not None
    ]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "WorkflowTaskResult",
        "metadata": {
            "name": node,
            "namespace": metadata["namespace"],
            "labels": {WORKFLOW: workflow, OUTPUTS_COMPLETED: str(whole).lower()},
            "ownerReferences": [
                each for each in metadata.get("ownerReferences", ()) if each["kind"] == "Workflow"
            ],
        },
        **({"outputs": {"parameters": told}} if whole else {}),
    }


def _template(pod: Pod) -> dict[str, Any]:
    """The template that Argo hands to its executor in the environment."""
    spec = pod["spec"]
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        for variable in container.get("env", ()):
            if variable["name"] == "ARGO_TEMPLATE" and variable.get("value"):
                template: dict[str, Any] = json.loads(variable["value"])
                return template
    return {}


def _status(pod: Pod, phase: str, started: str, *, states: Mapping[str, Any]) -> dict[str, Any]:
    init = [_container(each, _ended(0, started, started)) for each in pod["spec"].get("initContainers", ())]
    main = [_container(each, states[each["name"]]) for each in pod["spec"]["containers"]]
    ready = "True" if phase == "Running" else "False"
    conditions = [{"type": kind, "status": ready} for kind in ("Ready", "ContainersReady")]
    conditions += [{"type": kind, "status": "True"} for kind in ("Initialized", "PodScheduled")]
    return {
        "phase": phase,
        "startTime": started,
        "conditions": conditions,
        "initContainerStatuses": init,
        "containerStatuses": main,
    }


def _container(container: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    image = container["image"]
    ready = "running" in state
    return {
        "name": container["name"],
        "image": image,
        "imageID": image,
        "containerID": f"played://{container['name']}",
        "ready": ready,
        "started": ready,
        "restartCount": 0,
        "state": state,
    }


def _ended(code: int, started: str, now: str, *, said: str = "") -> dict[str, Any]:
    reason = "Error" if code else "Completed"
    told = {"exitCode": code, "reason": reason, "startedAt": started, "finishedAt": now}
    return {"terminated": {**told, **({"message": said} if said else {})}}


def _containers(pod: Pod) -> list[str]:
    return [each["name"] for each in pod["spec"]["containers"]]


def _made_up(node: str, name: str) -> str:
    return hashlib.sha1(f"{node} {name}".encode(), usedforsecurity=False).hexdigest()
