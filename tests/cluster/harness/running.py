"""A cluster as tests see it: one that the harness booted, or a stranger's that `GASTOWN_TEST_KUBECONFIG` names."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness import manifests, stock
from harness.boot import booted
from harness.credentials import kubeconfig
from harness.errors import Broken, Missing
from harness.families import binary
from harness.gitserver import GitServer
from harness.given import CHOICE, require_reachable
from harness.parts import DIRECTIONS
from harness.processes import Processes, until
from harness.site import Mode, Site
from kubernetes.dynamic.exceptions import NotFoundError

WORKFLOWS = "argoproj.io/v1alpha1"

METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
"""Asks for an object without its body: a Workflow of thirty beads has half a megabyte of nodes."""

LAST_WORDS = 2000
"""Characters of a log that tell how it ended."""


@dataclass(frozen=True)
class Cluster:
    """One of the harness, or a stranger's with our forge beside it; `scratch` is a folder for a while."""

    site: Site
    scratch: Path

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.site.kubeconfig()

    @cached_property
    def api(self) -> manifests.Client:
        """The administrator's client."""
        return manifests.connect(self.kubeconfig, cache=self.scratch / f"{self.site.mode}-discovery.json")

    def reconnect(self) -> None:
        """Forget the client: a cluster that was booted anew has other keys."""
        api = vars(self).pop("api", None)
        if api is not None:
            api.client.close()

    @property
    def own(self) -> Site:
        """The site of a cluster that the harness booted. Raises Missing for a stranger's."""
        if self.site.mode is Mode.GIVEN:
            raise Missing(f"{CHOICE} names a cluster whose processes are not ours to touch")
        return self.site

    @property
    def up(self) -> bool:
        """False once a test has ended it."""
        return booted(self.site)

    @property
    def processes(self) -> Processes:
        """Its processes, to stop and start. Raises Missing for a stranger's."""
        return Processes(self.own)

    @property
    def git(self) -> GitServer:
        """Its forge. Raises Missing where its pods don't reach it."""
        return GitServer(self._reached)

    @property
    def model_url(self) -> str:
        """Where pods reach the stand-in for a model. Raises Missing where they don't."""
        return f"http://{self._reached.address}:{self.site.model}"

    @property
    def _reached(self) -> Site:
        if self.site.mode is Mode.GIVEN:
            require_reachable(self.site.address)
        return self.site

    def has_image(self, name: str) -> bool:
        """True where the cluster was given this image."""
        if self.site.mode is Mode.FULL:
            return name in stock.loaded(self.site)
        nodes = self.kind("v1", "Node").get().to_dict()["items"]
        return any(name in each["names"] for node in nodes for each in node["status"].get("images") or ())

    def require_image(self, name: str) -> None:
        """Raise Missing where the cluster was not given this image."""
        if not self.has_image(name):
            raise Missing(
                f"no node has the image {name}: `python -m harness images` makes an archive to load there"
            )

    def direct(self, namespace: str, directions: Mapping[str, str]) -> None:
        """Tell the player what pods of a namespace do: how many `seconds` each takes, and a `Part` as JSON by node name."""
        metadata = {"name": DIRECTIONS, "namespace": namespace}
        self.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(directions)})

    @property
    def url(self) -> str:
        """The apiserver's address."""
        host: str = self.api.client.configuration.host
        return host

    @property
    def authority(self) -> Path:
        """The certificate that the apiserver is known by."""
        return Path(self.api.client.configuration.ssl_ca_cert)

    def kubeconfig_for(self, token: str) -> str:
        """The kubeconfig of whoever holds the token."""
        return kubeconfig(self.url, self.authority.read_bytes(), token)

    def kind(self, api_version: str, kind: str) -> Any:
        """The resource of a kind, to get, list and delete with."""
        return self.api.resources.get(api_version=api_version, kind=kind)

    def apply(self, *objects: manifests.Manifest) -> None:
        """Server-side apply under strict validation. Raises DynamicApiError with the apiserver's reason."""
        for manifest in objects:
            manifests.apply(self.api, manifest, manager="gastown-tests")

    def create(self, manifest: manifests.Manifest) -> None:
        """Create an object under strict validation. Raises DynamicApiError with the apiserver's reason."""
        kind = self.kind(manifest["apiVersion"], manifest["kind"])
        kind.create(
            body=dict(manifest),
            namespace=manifest["metadata"].get("namespace"),
            query_params=list(manifests.STRICT),
        )

    def workflow(self, name: str, namespace: str) -> dict[str, Any]:
        """A Workflow as JSON."""
        found: dict[str, Any] = self.kind(WORKFLOWS, "Workflow").get(name=name, namespace=namespace).to_dict()
        return found

    def await_end(self, name: str, namespace: str, *, seconds: float) -> dict[str, Any]:
        """The Workflow once it has ended. Raises Broken when it has not in time, showing where it stands."""
        try:
            until(lambda: self.ended(name, namespace), f"the end of {name}", seconds=seconds)
        except Broken as late:
            raise Broken(f"{late}\n{self._standing(name, namespace)}") from None
        return self.workflow(name, namespace)

    def logs(self, pod: str, namespace: str, container: str) -> str:
        """What a container has printed."""
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
        # As it is: a log of one line of JSON would be taken for an object.
        answer = self.api.request("get", path, query_params=[("container", container)], serialize=False)
        text: str = answer.data.decode()
        return text

    def pods(self, workflow: str, namespace: str) -> list[dict[str, Any]]:
        """The pods of a Workflow that are there."""
        selector = f"workflows.argoproj.io/workflow={workflow}"
        found = self.kind("v1", "Pod").get(namespace=namespace, label_selector=selector)
        return [item.to_dict() for item in found.items]

    @staticmethod
    def decoded(value: str) -> str:
        """A value of a Secret."""
        return base64.b64decode(value).decode()

    def gone(self, api_version: str, kind: str, name: str) -> bool:
        """True where the cluster-wide object is not there."""
        try:
            self.kind(api_version, kind).get(name=name)
        except NotFoundError:
            return True
        return False

    def ended(self, name: str, namespace: str) -> bool:
        """True where a Workflow has ended for good: the label is set once every task result is in."""
        path = self.kind(WORKFLOWS, "Workflow").path(name, namespace)
        # From the apiserver's memory: it would decode the whole object for an answer from etcd. Its memory lags a little.
        cached = [("resourceVersion", "0")]
        try:
            answer = self.api.request("get", path, header_params={"Accept": METADATA}, query_params=cached)
        except NotFoundError:
            return False
        labels = answer.to_dict()["metadata"].get("labels", {})
        return bool(labels.get("workflows.argoproj.io/completed") == "true")

    def mishaps(self, namespace: str) -> str:
        """What failed in a namespace's Workflows, and the last words of the pods that did."""
        found = self.kind(WORKFLOWS, "Workflow").get(namespace=namespace).to_dict()["items"]
        nodes = [node for each in found for node in each.get("status", {}).get("nodes", {}).values()]
        told = [_told(node for node in nodes if node["phase"] in ("Failed", "Error"))]
        pods = self.kind("v1", "Pod").get(namespace=namespace, field_selector="status.phase=Failed")
        for name, container in (
            (each.metadata.name, one.name) for each in pods.items for one in each.spec.containers
        ):
            told.append(f"{name} {container}:\n{self.logs(name, namespace, container)[-LAST_WORDS:]}")
        return "\n".join(told)

    def _standing(self, name: str, namespace: str) -> str:
        return _told(self.workflow(name, namespace).get("status", {}).get("nodes", {}).values())


def _told(nodes: Iterable[dict[str, Any]]) -> str:
    lines = (f"{node['name']}: {node['phase']} {node.get('message', '')}" for node in nodes)
    return "\n".join(f"  | {line}" for line in lines)


def program(name: str) -> Path:
    """A built client program: `argo`, `helm` or `kubectl`. Raises Missing where it is not built."""
    return binary(name)
