"""Argo Events as upstream installs it: its own install.yaml, with an image of the program that was built here."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import yaml
from harness import images, manifests
from harness.families import FAMILIES, binary
from harness.images import HOST
from harness.processes import until
from harness.running import Cluster
from kubernetes.dynamic.exceptions import NotFoundError

from images.bytecode import own_architecture
from images.layers import stored
from images.oci import Image, Layer, Named
from images.tree import Tree, add, folder

FAMILY = FAMILIES["argo-events"]
IMAGE = f"{HOST}/argo-events:1"
NAMESPACE = "argo-events"
CONTROLLER = "controller-manager"
KINDS = ("Sensor", "EventSource", "EventBus")
API = "argoproj.io/v1alpha1"
_CRD = "CustomResourceDefinition"


@contextmanager
def installed(cluster: Cluster) -> Iterator[None]:
    """Argo Events in a full cluster for as long as the block runs; what was made for it goes with it."""
    image = Image(layers=(_programs(),), architecture=own_architecture(), command=("/bin/argo-events",))
    images.load([Named(IMAGE, (image,))], cluster.site.folder / "containerd.sock")
    parts = _install()
    definitions = [each for each in parts if each["kind"] == _CRD]
    wait = lambda ready: until(ready, "the definitions of Argo Events", seconds=60)  # noqa: E731
    manifests.define(cluster.api, definitions, wait)
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    cluster.apply(*(each for each in parts if each["kind"] != _CRD))
    await_ready(cluster, CONTROLLER)
    try:
        yield
    finally:
        _remove(cluster, parts)


def await_ready(cluster: Cluster, name: str) -> None:
    """Wait until a Deployment whose name begins so is ready. Raises Broken."""

    def ready() -> bool:
        found = cluster.kind("apps/v1", "Deployment").get(namespace=NAMESPACE).to_dict()["items"]
        named = [each for each in found if each["metadata"]["name"].startswith(name)]
        return bool(named) and all(each.get("status", {}).get("readyReplicas") for each in named)

    until(ready, f"{name} in {NAMESPACE}\n{cluster.mishaps(NAMESPACE)}", seconds=180)


def _install() -> list[dict[str, Any]]:
    """Upstream's manifests, for our image, which no registry has."""
    text = (FAMILY.home / "manifests" / "install.yaml").read_text(encoding="utf-8")
    text = re.sub(r"\S+/argo-events:v\S+", IMAGE, text).replace("PullPolicy: Always", "PullPolicy: Never")
    parts = [each for each in yaml.safe_load_all(text) if each]
    for each in parts:
        if each["kind"] == "Deployment":
            (container,) = each["spec"]["template"]["spec"]["containers"]
            container["env"].append({"name": "IMAGE_PULL_POLICY", "value": "Never"})
    return parts


def _remove(cluster: Cluster, parts: list[dict[str, Any]]) -> None:
    """Its objects first: the controller takes off their finalizers."""
    for kind in (cluster.kind(API, name) for name in KINDS):
        for each in kind.get(namespace=NAMESPACE).items:
            kind.delete(name=each.metadata.name, namespace=NAMESPACE)
    until(lambda: not _own(cluster), "the end of the sources and sensors", seconds=60)
    for each in parts:
        place = each["metadata"].get("namespace")
        with suppress(NotFoundError):
            cluster.kind(each["apiVersion"], each["kind"]).delete(
                name=each["metadata"]["name"], namespace=place
            )
    cluster.kind("v1", "Namespace").delete(name=NAMESPACE)


def _own(cluster: Cluster) -> list[Any]:
    return [each for kind in KINDS for each in cluster.kind(API, kind).get(namespace=NAMESPACE).items]


def _programs() -> Layer:
    def make() -> Tree:
        tree: Tree = {}
        for name in FAMILY.packages:
            add(tree, f"bin/{name}", binary(name).read_bytes(), mode=0o755)
        folder(tree, "tmp", mode=0o1777)
        return tree

    return stored("argo-events", FAMILY.home.name, make)
