"""The apiserver itself judges our definitions: what it must take it takes, what it must refuse it refuses, naming the field."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import folders
from harness.manifests import STRICT
from harness.running import Cluster
from kubernetes.dynamic.exceptions import DynamicApiError

API_VERSION = "gastown.gastown.io/v1alpha1"
KINDS = {"rigs", "polecats", "convoys", "refineries", "witnesses", "beadstores"}
CRDS = folders.PROJECT / "tests" / "crds"
BAD = yaml.safe_load((CRDS / "bad_manifests.yaml").read_text(encoding="utf-8"))
CHANGES = yaml.safe_load((CRDS / "changes.yaml").read_text(encoding="utf-8"))
UPSTREAM = folders.PROJECT.parent / "shared" / "data" / "gastown-operator-manifests"
VALUES = {
    "GIT_REPO": "git@github.com:org/repo.git",
    "MAX_PARALLEL": "3",
    "CHECK_INTERVAL": "1m",
    "STUCK_THRESHOLD": "15m",
    "CREDENTIALS_JSON": "e30=",
    "SSH_PRIVATE_KEY": "a2V5",
}
NOT_BASE64 = UPSTREAM / "samples" / "secret-git-creds.yaml"
"""Its key is a comment that asks for one; it never applied to any cluster."""


def _filled(path: Path) -> list[dict[str, Any]]:
    """The manifests of a file, the variables of a template replaced by values of the right form."""

    def value(found: "re.Match[str]") -> str:
        return VALUES.get(found[1], found[1].lower().replace("_", "-"))

    text = re.sub(r"\{\{(\w+)\}\}", value, path.read_text(encoding="utf-8"))
    return [manifest for manifest in yaml.safe_load_all(text) if manifest]


def _upstream() -> Iterator[Any]:
    for path in sorted(set(UPSTREAM.glob("*/*.yaml")) - {NOT_BASE64}):
        for number, manifest in enumerate(_filled(path)):
            yield pytest.param(manifest, id=f"{path.parent.name}/{path.stem}-{number}")


def test_all_kinds_are_served(light: Cluster) -> None:
    """The apiserver took the generated definitions: structural schemas, rules within its cost budget."""
    group = light.api.request("get", "/apis/gastown.gastown.io/v1alpha1").to_dict()
    assert KINDS <= {resource["name"] for resource in group["resources"]}


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason=f"no manifests of gastown-operator in {UPSTREAM}")
@pytest.mark.parametrize("manifest", list(_upstream()))
def test_a_manifest_of_gastown_operator_applies(light: Cluster, manifest: dict[str, Any]) -> None:
    """Unchanged and under strict validation: a field that we do not know would be an error."""
    namespace = manifest["metadata"].get("namespace", "default")
    light.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    kind = light.kind(manifest["apiVersion"], manifest["kind"])
    if kind.namespaced:
        manifest = {**manifest, "metadata": {**manifest["metadata"], "namespace": namespace}}
    light.apply(manifest)
    kind.delete(name=manifest["metadata"]["name"], namespace=namespace if kind.namespaced else None)


@pytest.mark.parametrize("bad", [pytest.param(bad, id=bad["id"]) for bad in BAD])
def test_a_bad_manifest_is_refused(light: Cluster, bad: dict[str, Any]) -> None:
    """The answer names the field, so that its author finds it."""
    with pytest.raises(DynamicApiError) as refusal:
        _create(light, _object(bad["kind"], bad["id"], bad["spec"]))
    assert (True, True) == (refusal.value.status in (400, 422), bad["field"] in _message(refusal.value))


@pytest.mark.parametrize("change", [pytest.param(change, id=change["id"]) for change in CHANGES])
def test_an_edit_of_a_live_object(light: Cluster, change: dict[str, Any]) -> None:
    """Rules that compare the old with the new hold on the apiserver as they do in the models."""
    kind = light.kind(API_VERSION, change["kind"])
    namespace = "default" if kind.namespaced else None
    kind.create(body=_object(change["kind"], change["id"], change["old"]["spec"]), namespace=namespace)
    try:
        if "status" in change["old"]:
            patch = {"status": change["old"]["status"]}
            kind.status.patch(
                body=patch,
                name=change["id"],
                namespace=namespace,
                content_type="application/merge-patch+json",
            )
        assert change.get("refused", "accepted") in _replaced(kind, change, namespace)
    finally:
        kind.delete(name=change["id"], namespace=namespace)


def _replaced(kind: Any, change: dict[str, Any], namespace: str | None) -> str:
    """What the apiserver says to the edit; `accepted` where it takes it."""
    live = kind.get(name=change["id"], namespace=namespace).to_dict()
    try:
        kind.replace(body={**live, "spec": change["new"]["spec"]}, namespace=namespace)
    except DynamicApiError as refusal:
        return _message(refusal)
    return "accepted"


def _create(light: Cluster, manifest: dict[str, Any]) -> None:
    kind = light.kind(API_VERSION, manifest["kind"])
    namespace = "default" if kind.namespaced else None
    kind.create(body=manifest, namespace=namespace, query_params=list(STRICT))


def _object(kind: str, name: str, spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _message(refusal: DynamicApiError) -> str:
    message: str = json.loads(refusal.body or "{}")["message"]
    return message
