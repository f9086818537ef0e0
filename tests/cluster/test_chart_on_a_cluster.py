"""The chart on a real node: installed, upgraded in the midst of a convoy, and removed; the adapter runs in a pod of its own image."""

import json
import os
from collections.abc import Iterator

import pytest
from harness.charts import helm
from harness.convoys import HTTP_SECRET, SCRIPTED, Yard, writing
from harness.installed import Installed, installable
from harness.manifests import established
from harness.processes import until
from harness.running import Cluster
from harness.towns import OURS

pytestmark = pytest.mark.usefixtures("helm")

RELEASE = f"town-{os.getpid()}"
NAME = f"{RELEASE}-adapter"
WORKERS = f"{RELEASE}-workers"
BEADS = ".beads/issues.jsonl"


@pytest.fixture
def release(cluster: Cluster) -> Iterator[Installed]:
    """Where it is installed."""
    with installable(cluster, RELEASE) as made:
        yield made


@pytest.mark.late
def test_it_is_installed_upgraded_and_removed(release: Installed) -> None:
    """A convoy that began under the first release is merged under the second, and outlives both; its beads come from the repository
    and are closed there.
    """
    # The harness brought the definitions, as `kubectl apply` or gastown-operator would have.
    release.helm("install", "--take-ownership")
    yard = _yard(release)
    _assert_watched(release)
    until(lambda: bool(release.pods(WORKERS)), "the first pod of a convoy", seconds=90)
    before = set(release.pods(RELEASE))

    release.helm("upgrade", replicaCount=2, clusterWide=True)
    until(lambda: set(release.pods(RELEASE)).isdisjoint(before), "the end of the old pod", seconds=90)
    assert 1 == release.get("PodDisruptionBudget", NAME, RELEASE, api="policy/v1")["spec"]["maxUnavailable"]
    until(lambda: _phase(release) in ("Complete", "Failed"), "the end of the convoy", seconds=240)
    assert ("Complete", [".beads", "1.txt", "2.txt", "README.md"]) == (
        _phase(release),
        yard.show("ls-tree", "--name-only", "main").split(),
    )
    beads = [json.loads(line) for line in yard.show("show", f"main:{BEADS}").splitlines()]
    assert {"ap-1": "closed", "ap-2": "closed", "ap-3": "open"} == {
        each["id"]: each["status"] for each in beads
    }
    _assert_selected(release)
    assert [] == [line for line in release.log().splitlines() if " 403 " in line or '"ERROR"' in line]

    helm("uninstall", RELEASE, "--namespace", RELEASE, "--wait", kubeconfig=release.cluster.kubeconfig)
    assert "Complete" == _phase(release)
    _assert_removed(release)
    release.cluster.kind(OURS, "Rig").delete(name=yard.namespace)


def _yard(release: Installed) -> Yard:
    """A repository with beads, its rig and bead store, and a convoy of two of the beads that is slung at it."""
    yard = Yard(release.cluster, WORKERS)
    needs = {"issue_id": "ap-2", "depends_on_id": "ap-1", "type": "blocks"}
    beads = (writing(1), writing(2, dependencies=[needs]), writing(3))
    yard.open({BEADS: "".join(json.dumps(each | {"status": "open"}) + "\n" for each in beads)})
    rig = {
        "gitURL": release.cluster.git.http_url(yard.namespace),
        "beadsPrefix": "ap",
        "gitSecretRef": {"name": HTTP_SECRET},
    }
    convoy = {
        "description": "demo",
        "rigRef": yard.namespace,
        "agent": "custom",
        "agentConfig": SCRIPTED,
        "trackedBeads": ["ap-1", "ap-2"],
    }
    store = {"rigRef": yard.namespace, "prefix": "ap-", "syncInterval": "1h", "writeBack": True}
    release.cluster.apply(
        {"apiVersion": OURS, "kind": "Rig", "metadata": {"name": yard.namespace}, "spec": rig},
        *(
            {
                "apiVersion": OURS,
                "kind": kind,
                "metadata": {"name": "demo", "namespace": WORKERS},
                "spec": spec,
            }
            for kind, spec in (("BeadStore", store), ("Convoy", convoy))
        ),
    )
    return yard


def _phase(release: Installed) -> str:
    status = release.get("Convoy", "demo", WORKERS, api=OURS).get("status") or {}
    return str(status.get("phase", ""))


def _assert_watched(release: Installed) -> None:
    """Prometheus finds it by its Service."""
    path = f"/api/v1/namespaces/{RELEASE}/services/{NAME}:http/proxy/metrics"
    answer = release.cluster.api.request("get", path)
    text = answer.data.decode() if hasattr(answer, "data") else str(answer)
    assert "gastown_leader 1.0" in text


def _assert_selected(release: Installed) -> None:
    """The network policy is about all pods there, those of the convoy and those that ask or read the repository, and not about the adapter's."""
    policy = release.get("NetworkPolicy", "gastown-pods", WORKERS, api="networking.k8s.io/v1")
    (expression,) = policy["spec"]["podSelector"]["matchExpressions"]
    assert "Exists" == expression["operator"]
    selected = release.pods(WORKERS, expression["key"])
    beads = {each["metadata"]["labels"].get("gastown.io/bead") for each in selected.values()}
    assert {"ap-1", "ap-2"} == beads - {None}
    assert set(release.pods(WORKERS)) == set(selected)
    assert {} == release.pods(RELEASE, expression["key"])


def _assert_removed(release: Installed) -> None:
    """The adapter and every right are gone; the definitions and the namespace of the convoys stay."""
    rbac = "rbac.authorization.k8s.io/v1"
    gone = [
        release.get("Deployment", NAME, RELEASE, api="apps/v1"),
        release.get("ClusterRole", NAME, api=rbac),
        release.get("ClusterRoleBinding", NAME, api=rbac),
        release.get("Role", "gastown-executor", WORKERS, api=rbac),
        release.get("Secret", "gastown-executor.service-account-token", WORKERS),
    ]
    assert [{}] * len(gone) == gone, json.dumps(gone)
    ours = {name for name in established(release.cluster.api) if name.endswith(".gastown.gastown.io")}
    assert 6 == len(ours)
    assert "Active" == release.get("Namespace", WORKERS)["status"]["phase"]
