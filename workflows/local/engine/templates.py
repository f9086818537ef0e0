"""Reading templates and nodes of a compiled Workflow."""

from collections.abc import Iterable, Mapping

from crds import Manifest
from workflows.local.engine import expressions


def needed(dag: Manifest, target: str) -> list[Manifest]:
    """The tasks of a graph that its target needs, itself among them; all of them where it has no target."""
    tasks = {task["name"]: task for task in dag["tasks"]}
    if not target:
        return list(tasks.values())
    wanted, needed = [target], set()
    while wanted:
        name = wanted.pop()
        if name not in needed:
            needed.add(name)
            wanted += expressions.names(tasks[name].get("depends", ""))
    return [task for name, task in tasks.items() if name in needed]


def global_names(template: Manifest) -> dict[str, str]:
    """The names under which the whole Workflow knows what a template puts out."""
    parameters = template.get("outputs", {}).get("parameters", ())
    return {item["name"]: item["globalName"] for item in parameters if "globalName" in item}


def put_out(node: Manifest) -> Iterable[Manifest]:
    """The parameters that a node has put out."""
    found: Iterable[Manifest] = node.get("outputs", {}).get("parameters", ())
    return found


def arguments(task: Manifest) -> dict[str, str]:
    """What a task hands to its template."""
    return {item["name"]: item["value"] for item in task.get("arguments", {}).get("parameters", ())}


def defaults(template: Manifest) -> dict[str, str]:
    """The inputs of a template that have a value of their own."""
    parameters = template.get("inputs", {}).get("parameters", ())
    return {item["name"]: item["value"] for item in parameters if "value" in item}


def parameters(inputs: Mapping[str, str]) -> Manifest | None:
    """Inputs as a node carries them; None for none."""
    return (
        {"parameters": [{"name": name, "value": value} for name, value in inputs.items()]} if inputs else None
    )
