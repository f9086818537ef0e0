"""What the placeholders of a Workflow's templates stand for: names, inputs, and what its nodes have put out so far."""

from collections.abc import Mapping

from crds import Manifest
from workflows.local.engine import expressions, templates
from workflows.local.engine.nodes import Tree
from workflows.local.engine.substitution import substitute


class Placeholders:
    """The values that one Workflow's run knows."""

    def __init__(self, workflow: str, tree: Tree) -> None:
        self._workflow = workflow
        self._tree = tree
        self._told = {
            item["globalName"]: str(item["value"])
            for node in tree.all()
            for item in templates.put_out(node)
            if "globalName" in item
        }
        self._global_names: dict[str, Mapping[str, str]] = {}

    def of(self, node: str, inputs: Mapping[str, str]) -> Mapping[str, object]:
        """What they stand for in the template of a node."""
        workflow = {"name": self._workflow, "outputs": {"parameters": self._told}}
        task = node.rpartition(".")[2]
        return {
            "node": {"name": node},
            "tasks": {"name": task},
            "workflow": workflow,
            "inputs": {"parameters": inputs},
        }

    def put_out(self, dag: str, task: Manifest) -> Mapping[str, object]:
        """What the tasks put out that a task depends on."""
        found = {name: self._tree.get(f"{dag}.{name}") or {} for name in expressions.names(task["depends"])}
        return {
            name: {
                "outputs": {
                    "parameters": {item["name"]: str(item["value"]) for item in templates.put_out(node)}
                }
            }
            for name, node in found.items()
        }

    def fill(self, node: str, template: Manifest, inputs: Mapping[str, str]) -> Manifest:
        """The template of a pod that starts; the names under which all will know what it puts out are noted."""
        filled: Manifest = substitute(template, self.of(node.partition("(")[0], inputs))
        self._global_names[node] = templates.global_names(filled)
        return filled

    def parameters(self, node: str, outputs: Mapping[str, str]) -> list[Manifest]:
        """What a pod put out, as its node holds it; from now on others know it."""
        names = self._global_names.pop(node, {})
        self._told |= {names[name]: value for name, value in outputs.items() if name in names}
        return [
            {"name": name, "value": value} | ({"globalName": names[name]} if name in names else {})
            for name, value in outputs.items()
        ]
