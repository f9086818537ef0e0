"""Manifests into a cluster, by server-side apply and under strict validation: an unknown field is an error."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import kubernetes.dynamic
import yaml
from harness.site import Site
from kubernetes.dynamic.exceptions import ConflictError, NotFoundError

Client = Any
"""A `DynamicClient`; Any, because the library has no types for what it makes up from the cluster's own kinds."""

_library: Any = kubernetes

Manifest = Mapping[str, Any]

STRICT = [("fieldValidation", "Strict")]


@contextmanager
def connected(site: Site) -> Iterator[Client]:
    """The administrator's client of a cluster of ours, for as long as the block runs."""
    client = connect(site.kubeconfig(), cache=site.folder / "discovery.json")
    with closing(client.client):
        yield client


def connect(kubeconfig: Path, *, cache: Path) -> Client:
    """A client for the cluster of a kubeconfig, to be closed; `cache` is where it keeps the cluster's kinds."""
    api = _library.config.new_client_from_config(str(kubeconfig))
    try:
        return _library.dynamic.DynamicClient(api, cache_file=str(cache))
    except BaseException:
        api.close()
        raise


def read(path: Path) -> list[dict[str, Any]]:
    """The manifests of a YAML file, empty documents left out."""
    # The CRDs of Argo are 11 MB of YAML: 5 s with libyaml's loader, two minutes without.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [
        document for document in yaml.load_all(path.read_text(encoding="utf-8"), Loader=loader) if document
    ]


def apply(client: Client, manifest: Manifest, *, manager: str = "gastown-harness") -> None:
    """Make an object be as the manifest says. Raises DynamicApiError with the apiserver's reason."""
    kind = client.resources.get(api_version=manifest["apiVersion"], kind=manifest["kind"])
    client.server_side_apply(
        kind, body=dict(manifest), field_manager=manager, force_conflicts=True, query_params=list(STRICT)
    )


def define(
    client: Client, manifests: Collection[Manifest], wait: Callable[[Callable[[], bool]], None]
) -> None:
    """Make custom resource definitions and wait, by the given waiter, until the apiserver serves them."""
    kind = client.resources.get(api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
    names = {manifest["metadata"]["name"] for manifest in manifests}
    for manifest in manifests:
        try:
            # Of a megabyte, an apply takes the apiserver several times as long.
            kind.create(body=dict(manifest), query_params=list(STRICT))
        except ConflictError:
            apply(client, manifest)
    wait(lambda: names <= established(client))
    client.resources.invalidate_cache()


def established(client: Client) -> set[str]:
    """The names of the custom resource definitions that the apiserver serves."""
    kind = client.resources.get(api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
    return {item.metadata.name for item in kind.get().items if _is_established(item.to_dict())}


def exists(client: Client, kind: str, name: str, namespace: str | None = None) -> bool:
    """True where the core object of this kind and name is there."""
    try:
        client.resources.get(api_version="v1", kind=kind).get(name=name, namespace=namespace)
    except NotFoundError:
        return False
    return True


def _is_established(definition: Manifest) -> bool:
    conditions = definition.get("status", {}).get("conditions") or []
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
