"""The chart on a node: what a person who has helm gets, in a namespace of its own, its pods as Pod Security `restricted` wants them."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.adapters import OURS
from harness.charts import CHART, helm
from harness.errors import Broken
from harness.images import ADAPTER, AGENT, STEPS
from harness.running import Cluster
from kubernetes.dynamic.exceptions import NotFoundError

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
SMALL = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "1Gi"}}
_REPOSITORY, _TAG = ADAPTER.rsplit(":", 1)


@dataclass(frozen=True, slots=True)
class Installed:
    """A release of the chart of this checkout; its name is its namespace's too."""

    cluster: Cluster
    name: str

    @property
    def workers(self) -> str:
        """The namespace of convoys."""
        return f"{self.name}-workers"

    def helm(self, *arguments: str, **changed: Any) -> None:
        """Install or upgrade it, and wait until all of it is ready."""
        values = {
            "image": {"repository": _REPOSITORY, "tag": _TAG},
            "clusterWide": False,
            # The adapter's own namespace among them shows that the policy for pods of convoys leaves it alone.
            "workers": {"namespaces": [self.workers, self.name]},
            "pods": {
                "stepsImage": STEPS,
                "agentImage": AGENT,
                "stepsResources": SMALL,
                "agentResources": SMALL,
            },
            # Enough that it starts soon on a node that has much else to do.
            "resources": {"requests": {"cpu": "400m", "memory": "128Mi"}},
            **changed,
        }
        wait = ("--wait", "--timeout", "5m")
        place = ("--namespace", self.name, "--kubeconfig", str(self.cluster.kubeconfig))
        try:
            helm(*arguments, self.name, str(CHART), *place, *wait, values=values)
        except Broken as late:
            raise Broken(f"{late}\n{self.log()}") from late

    def get(self, kind: str, name: str, namespace: str = "", *, api: str = "v1") -> dict[str, Any]:
        """An object as it stands; empty where it is not there."""
        try:
            found: dict[str, Any] = (
                self.cluster.kind(api, kind).get(name=name, namespace=namespace or None).to_dict()
            )
        except NotFoundError:
            return {}
        return found

    def status(self, kind: str, name: str) -> dict[str, Any]:
        """The status of an object of ours; empty where there is none yet."""
        place = "" if kind == "Rig" else self.workers
        found: dict[str, Any] = self.get(kind, name, place, api=OURS).get("status") or {}
        return found

    def pods(self, namespace: str, selector: str = "") -> dict[str, dict[str, Any]]:
        """The pods of a namespace by name."""
        found = self.cluster.kind("v1", "Pod").get(namespace=namespace, label_selector=selector)
        return {each.metadata.name: each.to_dict() for each in found.items}

    def log(self, component: str = "adapter") -> str:
        """What all pods of a component have printed."""
        pods = self.pods(self.name, f"app.kubernetes.io/component={component}")
        return "\n".join(self.cluster.logs(name, self.name, component) for name in pods)


@contextlib.contextmanager
def installable(cluster: Cluster, name: str) -> Iterator[Installed]:
    """A namespace to install it in; afterwards everything of the release is gone but the definitions."""
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": RESTRICTED}})
    made = Installed(cluster, name)
    yield made
    if name in helm("list", "--short", "--namespace", name, kubeconfig=cluster.kubeconfig).split():
        helm("uninstall", name, "--namespace", name, kubeconfig=cluster.kubeconfig)
    for namespace in (made.workers, name):
        with contextlib.suppress(NotFoundError):
            cluster.kind("v1", "Namespace").delete(name=namespace)
