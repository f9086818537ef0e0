"""A namespace with a rig and an adapter, as tests of the adapter see it: resources in, statuses out."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.adapters import OURS, Adapter, adapter
from harness.processes import until
from harness.running import Cluster
from kubernetes.dynamic.exceptions import NotFoundError

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Town:
    """One namespace of a cluster, and the rig of the same name."""

    cluster: Cluster
    namespace: str
    adapter: Adapter

    def direct(self, *, seconds: float = 0.2, **parts: Mapping[str, Any]) -> None:
        """Tell the player what pods do: `seconds` each, or a part by the node's name, brackets as `_` and dots as `__`."""
        told = {name.replace("__", ".").replace("-", "-"): json.dumps(part) for name, part in parts.items()}
        self.play({"seconds": str(seconds), **told})

    def play(self, directions: Mapping[str, str]) -> None:
        """Tell the player what pods do, by node name."""
        self.cluster.direct(self.namespace, directions)

    def make(self, kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> None:
        """Apply a resource of ours, as a person would."""
        place = {} if kind == "Rig" else {"namespace": self.namespace}
        self.cluster.apply(
            {
                "apiVersion": OURS,
                "kind": kind,
                "metadata": {"name": name, **place, **metadata},
                "spec": dict(spec),
            }
        )

    def rig(self, **spec: Any) -> None:
        """The town's rig; its repository is never reached, as pods are played."""
        self.make("Rig", self.namespace, {"gitURL": "https://git.test/town.git", "beadsPrefix": "ap", **spec})

    def convoy(self, name: str, *beads: Mapping[str, Any], **spec: Any) -> None:
        """A convoy of inline beads."""
        self.make(
            "Convoy", name, {"description": name, "rigRef": self.namespace, "beads": list(beads), **spec}
        )

    def patch(self, kind: str, name: str, change: Mapping[str, Any], *, status: bool = False) -> None:
        """Merge a change into a resource of ours or a Workflow, as `kubectl patch --type=merge` does."""
        api = "argoproj.io/v1alpha1" if kind == "Workflow" else OURS
        place = None if kind == "Rig" else self.namespace
        found = self.cluster.kind(api, kind)
        target = found.status if status else found
        target.patch(
            body=dict(change), name=name, namespace=place, content_type="application/merge-patch+json"
        )

    def get(self, kind: str, name: str) -> Manifest:
        """A resource as it stands; empty where it is not there."""
        api = {"Workflow": "argoproj.io/v1alpha1", "ConfigMap": "v1", "Pod": "v1"}.get(kind, OURS)
        place = None if kind == "Rig" else self.namespace
        try:
            found: Manifest = self.cluster.kind(api, kind).get(name=name, namespace=place).to_dict()
        except NotFoundError:
            return {}
        return found

    def status(self, kind: str, name: str) -> Manifest:
        """The status of a resource; empty where there is none."""
        found: Manifest = self.get(kind, name).get("status") or {}
        return found

    def all(self, kind: str) -> list[Manifest]:
        """All of a kind in this namespace; of Workflows those of beads, not the looks at the rig's repository."""
        api = {"Workflow": "argoproj.io/v1alpha1", "ConfigMap": "v1", "Pod": "v1"}.get(kind, OURS)
        found = [item.to_dict() for item in self.cluster.kind(api, kind).get(namespace=self.namespace).items]
        return [each for each in found if not each["metadata"]["name"].startswith("gastown-check-")]

    def polecats(self) -> dict[str, Manifest]:
        """The statuses of all Polecats, by bead."""
        found = self.all("Polecat")
        return {
            each["spec"].get("beadID", each["metadata"]["name"]): each.get("status") or {} for each in found
        }

    def until(self, what: str, holds: Callable[[], bool], *, seconds: float = 120) -> None:
        """Wait for something; when it does not come, what the statuses say goes into the message."""
        try:
            until(holds, what, seconds=seconds)
        except Exception as late:
            statuses = {
                f"{kind} {each['metadata']['name']}": each.get("status")
                for kind in ("Convoy", "Polecat")
                for each in self.all(kind)
            }
            statuses |= {
                f"Workflow {each['metadata']['name']}": [
                    f"{node['name']}: {node['phase']} {node.get('message', '')}"
                    for node in ((each.get("status") or {}).get("nodes") or {}).values()
                ]
                for each in self.all("Workflow")
            }
            log = self.adapter.log.read_text(encoding="utf-8")[-3000:]
            raise AssertionError(f"{late}\n{json.dumps(statuses, indent=1)[-6000:]}\n{log}") from late

    def delete(self, kind: str, name: str) -> None:
        """Delete as `kubectl delete` does."""
        api = {"Workflow": "argoproj.io/v1alpha1"}.get(kind, OURS)
        place = None if kind == "Rig" else self.namespace
        self.cluster.kind(api, kind).delete(name=name, namespace=place)


@contextmanager
def governed(
    cluster: Cluster, namespace: str, folder: Path, *, rig: Mapping[str, Any] | None = None, **settings: Any
) -> Iterator[Town]:
    """A town with a rig, and an adapter of its own that works in it, for as long as the block runs."""
    with adapter(cluster, folder, namespace, **settings) as replica:
        town = Town(cluster, namespace, replica)
        town.rig(**(rig or {}))
        yield town
        town.delete("Rig", namespace)


def condition(status: Mapping[str, Any], kind: str) -> tuple[str, str]:
    """A condition's status and reason; empty ones where it is not there."""
    for each in status.get("conditions") or ():
        if each["type"] == kind:
            return each["status"], each["reason"]
    return "", ""


def bead(number: int, *needs: int, **fields: Any) -> Manifest:
    """A bead `ap-<number>` that depends on others of this form."""
    return {
        "id": f"ap-{number}",
        "title": f"Bead {number}",
        "dependsOn": [f"ap-{each}" for each in needs],
        **fields,
    }
