"""The namespaces, accounts and rights that a Gas Town needs around its Workflows, as plain manifests.

Pods run in `gastown-workers` under an account that may do nothing; Argo's executor has one that may write task results.
"""

from typing import Any

SYSTEM = "gastown-system"
WORKERS = "gastown-workers"
ARGO = "argo"

POLECAT = "gastown-polecat"
EXECUTOR = "gastown-executor"

Manifest = dict[str, Any]


def workers(namespace: str) -> list[Manifest]:
    """A namespace for Workflows: Pod Security `restricted`, the two accounts and the executor's rights."""
    return [
        _namespace(namespace, {"pod-security.kubernetes.io/enforce": "restricted"}),
        _account(POLECAT, namespace),
        _account(EXECUTOR, namespace),
        _token(EXECUTOR, namespace),
        _role(namespace),
        _binding(namespace),
    ]


def all_of() -> list[Manifest]:
    """Everything that is there before the first convoy."""
    return [_namespace(SYSTEM, {}), *workers(WORKERS)]


def _namespace(name: str, labels: dict[str, str]) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _account(name: str, namespace: str) -> Manifest:
    metadata = {"name": name, "namespace": namespace}
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata,
        "automountServiceAccountToken": False,
    }


def _token(account: str, namespace: str) -> Manifest:
    """The token that Argo mounts into its executor's container alone; it looks for exactly this name."""
    annotations = {"kubernetes.io/service-account.name": account}
    name = f"{account}.service-account-token"
    metadata = {"name": name, "namespace": namespace, "annotations": annotations}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/service-account-token",
        "metadata": metadata,
    }


def _role(namespace: str) -> Manifest:
    rule = {"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": EXECUTOR, "namespace": namespace},
        "rules": [rule],
    }


def _binding(namespace: str) -> Manifest:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": EXECUTOR, "namespace": namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": EXECUTOR},
        "subjects": [{"kind": "ServiceAccount", "name": EXECUTOR, "namespace": namespace}],
    }
