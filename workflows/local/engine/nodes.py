"""Workflow nodes in Argo's own form, so that one `observe` reads a run on one machine and a run on a cluster.

Names, IDs, types and phases follow `NodeStatus` of Argo Workflows 4.0 (pkg/apis/workflow/v1alpha1/workflow_types.go).
"""

from collections.abc import Iterable

from crds import Manifest
from workflows.clock import Clock, timestamp
from workflows.shape import ENDED

_FNV_OFFSET = 2166136261
_FNV_PRIME = 16777619


def node_id(workflow: str, name: str) -> str:
    """The ID under which Argo 4.0 stores a node: the Workflow's name and the decimal FNV-1a hash of the node's name."""
    if name == workflow:
        return workflow
    digest = _FNV_OFFSET
    for byte in name.encode():
        digest = ((digest ^ byte) * _FNV_PRIME) & 0xFFFFFFFF
    return f"{workflow}-{digest}"


class Tree:
    """The nodes of one Workflow by name, and which of them changed since they were last stored."""

    def __init__(self, workflow: str, nodes: Iterable[Manifest], clock: Clock) -> None:
        self.workflow = workflow
        self._clock = clock
        self._nodes = {node["name"]: node for node in nodes}
        self._changed: set[str] = set()

    def get(self, name: str) -> Manifest | None:
        """The node of that name, or None where the run has not come to it."""
        return self._nodes.get(name)

    def phase(self, name: str) -> str | None:
        """The phase of a node that has ended, else None."""
        node = self._nodes.get(name)
        return node["phase"] if node and node["phase"] in ENDED else None

    def all(self) -> list[Manifest]:
        """Every node, oldest first."""
        return list(self._nodes.values())

    def add(self, name: str, kind: str, *, boundary: str | None, **fields: object) -> Manifest:
        """Create a node; it starts in phase Running unless told otherwise."""
        node: Manifest = {
            "id": node_id(self.workflow, name),
            "name": name,
            "displayName": name.rpartition(".")[2],
            "type": kind,
            "phase": "Running",
            "templateScope": f"local/{self.workflow}",
            "startedAt": timestamp(self._clock()),
            "finishedAt": None,
            "children": [],
        }
        if boundary is not None:
            node["boundaryID"] = node_id(self.workflow, boundary)
        node |= {key: value for key, value in fields.items() if value is not None}
        self._nodes[name] = node
        self._changed.add(name)
        return node

    def connect(self, parent: str, child: str) -> None:
        """Draw the edge that Argo's graph shows."""
        node, link = self._nodes[parent], node_id(self.workflow, child)
        if link not in node["children"]:
            node["children"].append(link)
            self._changed.add(parent)

    def update(self, name: str, **fields: object) -> None:
        """Set fields of a node; None removes one. Nothing is marked as changed when nothing changes."""
        node = self._nodes[name]
        for key, value in fields.items():
            if value is None and key in node:
                del node[key]
            elif value is not None and node.get(key) != value:
                node[key] = value
            else:
                continue
            self._changed.add(name)

    def finish(self, name: str, phase: str, message: str = "") -> None:
        """End a node."""
        self.update(name, phase=phase, message=message or None, finishedAt=timestamp(self._clock()))

    def changes(self) -> list[Manifest]:
        """Nodes that changed since this was last asked."""
        changed = [self._nodes[name] for name in self._nodes if name in self._changed]
        self._changed.clear()
        return changed
