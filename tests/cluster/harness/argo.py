"""Argo Workflows as upstream installs it: its custom resource definitions, its rights and its controller.

A full cluster has the full definitions, which hold the limits (200 tasks, 200 templates) that compiled convoys must keep. A light
one has the minimal ones, as Argo's own install.yaml: an apiserver starts in a quarter of the time with them.
"""

import contextlib
import dataclasses
import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import Missing
from harness.families import FAMILIES, binary
from harness.images import ARGOEXEC
from harness.manifests import Client, apply, read
from harness.processes import Processes, Program
from harness.site import Site
from harness.tenants import ARGO
from kubernetes.dynamic.exceptions import ResourceNotFoundError

CONFIGURATION = "workflow-controller-configmap"
SERVER = "argo-server"

PACKING = {"MAX_WORKFLOW_SIZE": "24000"}
"""Bytes after which the controller packs nodes, instead of 1 MiB: a few beads do, where it would take a hundred."""


def definitions(kind: str) -> list[Path]:
    """The files of the `full` or the `minimal` custom resource definitions."""
    return sorted((FAMILIES["argo"].home / "crds" / kind).glob("argoproj.io_*.yaml"))


def require(client: Client) -> None:
    """Raise Missing where a cluster has no Argo Workflows."""
    try:
        client.resources.get(api_version="argoproj.io/v1alpha1", kind="Workflow")
    except ResourceNotFoundError:
        raise Missing(
            "the cluster has no Argo Workflows: install it there, set up as docs/argo.md says"
        ) from None


def install(client: Client) -> None:
    """The namespace, the service account with upstream's cluster role, and the controller's configuration."""
    metadata = {"name": "argo", "namespace": ARGO}
    apply(client, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ARGO}})
    apply(client, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    for path in sorted((FAMILIES["argo"].home / "rbac").glob("workflow-controller-clusterrole*.yaml")):
        for manifest in read(path):
            apply(client, _in_namespace(manifest))
    apply(client, configuration())


def controller(site: Site) -> Program:
    """The workflow-controller, outside of the cluster but with the rights of its service account.

    With its default requeue of 10 s every hop of a DAG takes that long; 1 s shows the same behaviour sooner. By default it asks the
    apiserver 20 times a second at most, which a dozen convoys at once would wait for.
    """
    command: list[str | Path] = [
        binary("workflow-controller"),
        f"--kubeconfig={site.kubeconfig('argo')}",
        f"--namespace={ARGO}",
        "--qps=200",
        "--burst=400",
    ]
    command += [f"--executor-image={ARGOEXEC}", "--executor-image-pull-policy=IfNotPresent"]
    environment = {"LEADER_ELECTION_DISABLE": "true", "DEFAULT_REQUEUE_TIME": "1s"}
    return Program("workflow-controller", command, environment)


def server(kubeconfig: Path, port: int, *, auth: str = "client") -> Program:
    """argo-server, as upstream runs it for people who bring their own tokens; with the auth `server` it asks for none, and has the kubeconfig's."""
    flags = {"auth-mode": auth, "secure": "false", "port": str(port), "namespace": ARGO}
    command: list[str | Path] = [
        binary("argo"),
        "server",
        *(f"--{name}={value}" for name, value in flags.items()),
    ]
    modals = ("FEEDBACK_MODAL", "FIRST_TIME_USER_MODAL", "NEW_VERSION_MODAL")
    return Program(SERVER, command, {"KUBECONFIG": str(kubeconfig), **dict.fromkeys(modals, "false")})


def serves(url: str) -> bool:
    """True where argo-server answers there."""
    try:
        with urllib.request.urlopen(f"{url}/api/v1/version", timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code in (401, 403)
    except OSError:
        return False


@contextlib.contextmanager
def restarted(site: Site, environment: Mapping[str, str]) -> Iterator[None]:
    """Another controller with a changed environment; afterwards the usual one again."""
    usual, processes = controller(site), Processes(site)
    processes.stop(usual.name, signal.SIGKILL)
    processes.start(dataclasses.replace(usual, environment={**usual.environment, **environment}))
    try:
        yield
    finally:
        processes.stop(usual.name, signal.SIGKILL)
        processes.start(usual)


def _in_namespace(manifest: dict[str, Any]) -> dict[str, Any]:
    subjects = [{**subject, "namespace": ARGO} for subject in manifest.get("subjects", ())]
    return {**manifest, "subjects": subjects} if subjects else manifest


def configuration(**more: Any) -> dict[str, Any]:
    """What the controller is told. Values of more than one line, because the controller pastes a one-line value into YAML as `key: value`."""
    security = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    resources = {"requests": {"cpu": "10m", "memory": "64Mi"}}
    data = {
        "executor": {"securityContext": security, "resources": resources},
        "metricsConfig": {"enabled": False},
        "telemetryConfig": {"enabled": False},
        # Else every look at a waiting bead reads the rig's limit from the apiserver, all of them one after the other.
        "synchronization": {"semaphoreLimitCacheSeconds": 2},
        # An Event for every node is the half of all writes here, and nobody reads them.
        "nodeEvents": {"enabled": False},
        **more,
    }
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": CONFIGURATION, "namespace": ARGO},
        "data": {key: json.dumps(value, indent=1) + "\n" for key, value in data.items()},
    }
