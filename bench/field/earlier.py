"""A compiled Workflow in the shape of version 0.1, with the programs of today: a baseline for what the shape alone costs.

One containerSet a pod, two shared graphs with skipped tasks, and merges in pods of their own, under a mutex.
"""

import copy
import itertools
from typing import Any

Manifest = dict[str, Any]

_BEAD = {"parameters": [{"name": "bead", "value": "{{inputs.parameters.bead}}"}]}
_CONFLICT = "{{tasks.merge.outputs.parameters.outcome}} == conflict"


def earlier(workflow: Manifest) -> Manifest:
    """The same beads, edges, pods and texts, as version 0.1 laid them out."""
    made = copy.deepcopy(workflow)
    templates = {each["name"]: each for each in made["spec"]["templates"]}
    convoy, polecat, merge = (templates[name] for name in ("convoy", "polecat", "merge"))
    for task in convoy["dag"]["tasks"]:
        told = templates[task["template"]]["dag"]["tasks"][0]["arguments"]
        task |= {"template": "deliver", "arguments": told}
    polecat["inputs"]["parameters"].append({"name": "mode", "value": "work"})
    merge["synchronization"] = {"mutexes": [{"name": made["metadata"]["name"]}]}
    made["spec"]["templates"] = [convoy, _deliver(), _land(), _contained(polecat), _contained(merge)]
    return made


def _deliver() -> Manifest:
    tasks = [
        {"name": "polecat", "template": "polecat", "arguments": _BEAD},
        {"name": "land", "template": "land", "depends": "polecat", "arguments": _BEAD},
    ]
    return _dag("deliver", tasks)


def _land() -> Manifest:
    resolve = {"parameters": [*_BEAD["parameters"], {"name": "mode", "value": "resolve"}]}
    tasks = [
        {"name": "merge", "template": "merge", "arguments": _BEAD},
        {
            "name": "resolve",
            "template": "polecat",
            "depends": "merge",
            "when": _CONFLICT,
            "arguments": resolve,
        },
        {"name": "again", "template": "land", "depends": "resolve", "when": _CONFLICT, "arguments": _BEAD},
    ]
    return _dag("land", tasks)


def _dag(name: str, tasks: list[Manifest]) -> Manifest:
    inputs = {"parameters": [{"name": "bead"}]}
    return {"name": name, "inputs": inputs, "dag": {"tasks": tasks, "failFast": False}}


def _contained(template: Manifest) -> Manifest:
    """A container template as a containerSet: what came before comes first, by Argo's own waiting."""
    before = template.pop("initContainers", [])
    beside = template.pop("sidecars", [])
    template.pop("podSpecPatch", None)
    main = template.pop("container") | {"name": "main"}
    for first, second in itertools.pairwise(before):
        second["dependencies"] = [first["name"]]
    for each in (*beside, main):
        each.update({"dependencies": [before[-1]["name"]]} if before else {})
    template["containerSet"] = {"containers": [*before, *beside, main]}
    for parameter in template["outputs"]["parameters"]:
        parameter.pop("globalName", None)
    for container in template["containerSet"]["containers"]:
        container["env"] = [each for each in container.get("env", ()) if each["name"] != "GASTOWN_LANDS"]
        for variable in container.get("env", ()):
            if variable["name"] == "GASTOWN_MODE":
                variable["value"] = "{{inputs.parameters.mode}}"
    if "{{=" in template["metadata"]["labels"].get("gastown.io/step", ""):
        template["metadata"]["labels"]["gastown.io/step"] = "{{inputs.parameters.mode}}"
    return template
