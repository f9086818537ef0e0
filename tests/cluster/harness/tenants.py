"""The namespaces, accounts and rights that a Gas Town needs around its Workflows, as plain manifests.

Pods run in `gastown-workers` under an account that may do nothing; Argo's executor has one that may write task results, and what
reads bead stores one that may create ConfigMaps.
"""

from typing import Any

from harness.parts import PLAYED

from adapter.rbac.accounts import BEADS, EXECUTOR, POLECAT, RULES

SYSTEM = "gastown-system"
WORKERS = "gastown-workers"
ARGO = "argo"

Manifest = dict[str, Any]


def workers(namespace: str) -> list[Manifest]:
    """A namespace for Workflows: Pod Security `restricted`, the accounts and their rights."""
    return [
        _namespace(namespace, {"pod-security.kubernetes.io/enforce": "restricted"}),
        *(_account(name, namespace) for name in (POLECAT, EXECUTOR, BEADS)),
        _token(EXECUTOR, namespace),
        *(_role(name, namespace) for name in (EXECUTOR, BEADS)),
        *(_binding(name, namespace) for name in (EXECUTOR, BEADS)),
    ]


def played(namespace: str) -> list[Manifest]:
    """The same, for Workflows whose pods are played: each container gets a limit that only the player does not mind."""
    limits = {"type": "Container", "default": {PLAYED: "1"}}
    metadata = {"name": "played", "namespace": namespace}
    limit = {"apiVersion": "v1", "kind": "LimitRange", "metadata": metadata, "spec": {"limits": [limits]}}
    first, *others = workers(namespace)
    return [first, limit, *others]


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


def _role(account: str, namespace: str) -> Manifest:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": account, "namespace": namespace},
        "rules": list(RULES[account]),
    }


def _binding(account: str, namespace: str) -> Manifest:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": account, "namespace": namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": account},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    }
