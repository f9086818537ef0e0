"""The adapter's own account in a namespace of the tests, with the rights that the chart gives it and no others."""

from pathlib import Path
from typing import Any

from harness.manifests import Manifest
from harness.running import Cluster

from adapter.rbac.roles import roles

ADAPTER = "gastown-adapter"

_RBAC = "rbac.authorization.k8s.io"


def adapter_account(cluster: Cluster, *namespaces: str, lease: str, cluster_wide: bool = False) -> None:
    """Make the account in the first namespace, with rights in all of them, or in every namespace that there will be.

    What is cluster-wide goes with the first namespace.
    """
    home = namespaces[0]
    rules = roles(lease)
    works = (*rules.where_it_works, *rules.logs)
    everywhere = (*rules.everywhere, *(works if cluster_wide else ()))
    subject = {"kind": "ServiceAccount", "name": ADAPTER, "namespace": home}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _place(home)}
    cluster.apply(account, *_bound(everywhere, subject, metadata=_owned(cluster, home)))
    for namespace in namespaces:
        own = rules.at_home if namespace == home else ()
        cluster.apply(*_bound((*works, *own), subject, metadata=_place(namespace)))


def kubeconfig(cluster: Cluster, folder: Path, *, namespace: str, account: str = ADAPTER) -> Path:
    """A kubeconfig with which one is that account, for the hour that its token is good for."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    wish = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    answer = cluster.api.request("post", path, body=wish)
    file = folder / f"{account}.kubeconfig"
    file.touch(mode=0o600)
    file.write_text(cluster.kubeconfig_for(answer.to_dict()["status"]["token"]), encoding="utf-8")
    return file


def _bound(rules: tuple[Manifest, ...], subject: Manifest, *, metadata: Manifest) -> list[dict[str, Any]]:
    kind = "Role" if "namespace" in metadata else "ClusterRole"
    api = {"apiVersion": f"{_RBAC}/v1", "metadata": metadata}
    return [
        {**api, "kind": kind, "rules": list(rules)},
        {
            **api,
            "kind": f"{kind}Binding",
            "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": metadata["name"]},
            "subjects": [subject],
        },
    ]


def _place(namespace: str) -> dict[str, Any]:
    return {"name": ADAPTER, "namespace": namespace}


def _owned(cluster: Cluster, namespace: str) -> dict[str, Any]:
    uid = cluster.kind("v1", "Namespace").get(name=namespace).metadata.uid
    owner = {"apiVersion": "v1", "kind": "Namespace", "name": namespace, "uid": uid}
    return {"name": f"{ADAPTER}-{namespace}", "ownerReferences": [owner]}
