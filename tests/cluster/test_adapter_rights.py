"""The adapter under the very roles that the chart renders: nothing is refused, and nothing was granted that it never used."""

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import accounts, audit
from harness.adapters import Adapter
from harness.beadreads import BeadReads
from harness.boot import restart_apiserver
from harness.charts import rendered
from harness.launching import program
from harness.running import Cluster
from harness.site import free_ports
from harness.towns import Town, bead
from kubernetes.dynamic.exceptions import NotFoundError

from workflows.labels import READ_AGAIN

Right = tuple[str, str, str]
"""Verb, group and resource."""


SELDOM = {
    ("get", "", "pods"),
    ("delete", "", "pods"),
    ("get", "", "pods/log"),
    ("patch", "events.k8s.io", "events"),
}
"""Not used here: to end one polecat of a convoy, to read the log of one that works for long, and to tell the same a second time. Other tests
do, under the same roles."""

pytestmark = pytest.mark.usefixtures("helm")


@pytest.fixture
def chart(light_workers: str) -> list[dict[str, Any]]:
    """The chart with the adapter and its convoys in one namespace."""
    values = {
        "fullnameOverride": light_workers,
        "clusterWide": False,
        "crds": {"install": False},
        "workers": {"namespaces": [light_workers], "create": False},
        "settings": {"resync": 1},
        # It sleeps for a while below, and is to lead when it wakes.
        "leaderElection": {"duration": 600, "renew": 500},
    }
    return rendered("gastown", light_workers, values)


@pytest.fixture
def town(light: Cluster, light_workers: str, tmp_path: Path, chart: list[dict[str, Any]]) -> Iterator[Town]:
    """A namespace with all that the chart makes but its pod, and the adapter as a process in the pod's place."""
    light.apply(*(each for each in chart if each["kind"] != "Deployment"))
    config = next(each for each in chart if each["kind"] == "ConfigMap")
    settings = yaml.safe_load(config["data"]["settings.yaml"])
    kubeconfig = accounts.kubeconfig(light, tmp_path, namespace=light_workers, account=light_workers)
    here = {"listen": "127.0.0.1", "port": free_ports(1)[0]}
    replica = Adapter(light, tmp_path, settings | here, kubeconfig, program)
    replica.start()
    try:
        yield Town(light, light_workers, replica)
    finally:
        if replica.process is not None:
            replica.process.send_signal(signal.SIGCONT)
        replica.stop()
    for each in chart:
        if each["kind"].startswith("ClusterRole"):
            light.kind(each["apiVersion"], each["kind"]).delete(name=each["metadata"]["name"])


def test_it_may_do_what_it_does_and_nothing_else(
    town: Town, chart: list[dict[str, Any]], tmp_path: Path
) -> None:
    """A rig, a bead store, two convoys, a Polecat by hand, and a watch that was cut while all of it was deleted."""
    _read_beads(BeadReads(town, "ap", tmp_path))
    by_hand = {"rig": town.namespace, "desiredState": "Working", "taskDescription": "Do"}
    town.make("Polecat", "worker", by_hand | {"ttlSecondsAfterFinished": 1})
    town.until("its Workflow", lambda: bool(town.all("Workflow")))
    town.until("its time to be over", lambda: not town.get("Polecat", "worker"))
    for name, number in (("first", 1), ("second", 2)):
        town.convoy(name, bead(number))
        town.until(
            f"the end of {name}", lambda name=name: town.status("Convoy", name).get("phase") == "Complete"
        )
    town.until("the Workflows to be let go", lambda: not any(_held(each) for each in town.all("Workflow")))
    _delete_all_unseen(town)
    site, home = town.cluster.own, town.namespace

    def asked() -> list[audit.Call]:
        return list(audit.calls(site, home, home))

    granted = _granted(chart)
    town.until("all that is granted to be used", lambda: granted - SELDOM <= _rights(asked()), seconds=60)
    town.adapter.stop()
    assert _rights(asked()) <= granted
    assert [] == [call for call in asked() if call.code == 403]
    assert {"", "default", home} == {call.namespace for call in asked()}


def _read_beads(reads: BeadReads) -> None:
    """Twice, the second time on demand: what the first read handed over is looked up and deleted."""
    town, settings = reads.town, reads.town.adapter.settings
    town.make("BeadStore", "ap", {"rigRef": town.namespace, "prefix": "ap-", "syncInterval": "1h"})
    first = reads.push({"id": "ap-8", "title": "Eight", "status": "open"})
    reads.read(settings, BeadReads.read_now)
    town.rig(gitURL=str(reads.repository))
    town.until("the first read", lambda: town.status("BeadStore", "ap").get("commit") == first)
    second = reads.push({"id": "ap-9", "title": "Nine", "status": "open"})
    reads.read(
        settings, lambda compiled: BeadReads.read_now(compiled, before=f"{compiled.digest}-", asked="now")
    )
    town.patch("BeadStore", "ap", {"metadata": {"annotations": {READ_AGAIN: "now"}}})
    town.until("the second read", lambda: town.status("BeadStore", "ap").get("commit") == second)


def _held(workflow: dict[str, Any]) -> bool:
    return bool(workflow["metadata"].get("finalizers"))


def _delete_all_unseen(town: Town) -> None:
    """Delete one object of each kind behind the adapter's back, so that it has to ask for each by name.

    The first restart of the apiserver cuts its watches: what a connection brings would wait in it for a process that sleeps.
    The second one forgets the events, so that the watches can't go on where they were.
    """
    process = town.adapter.process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    restart_apiserver(town.cluster.own)
    town.delete("Rig", town.namespace)
    for kind in ("Convoy", "Polecat", "Workflow", "Witness", "Refinery", "BeadStore"):
        for each in town.all(kind):
            with contextlib.suppress(NotFoundError):
                town.delete(kind, each["metadata"]["name"])
    town.until("all of it to be gone", lambda: not town.all("Polecat") and not town.all("Workflow"))
    restart_apiserver(town.cluster.own)
    process.send_signal(signal.SIGCONT)


def _granted(chart: list[dict[str, Any]]) -> set[Right]:
    """What the roles say that are bound to the adapter."""
    name = next(each["spec"]["template"]["spec"]["serviceAccountName"] for each in chart if _deploys(each))
    bound = {
        (each["roleRef"]["kind"], each["roleRef"]["name"])
        for each in chart
        if each["kind"] in ("RoleBinding", "ClusterRoleBinding") and each["subjects"][0]["name"] == name
    }
    rules = [
        rule for each in chart if (each["kind"], each["metadata"]["name"]) in bound for rule in each["rules"]
    ]
    return {
        (verb, group, resource)
        for rule in rules
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def _deploys(manifest: dict[str, Any]) -> bool:
    return manifest["kind"] == "Deployment"


def _rights(asked: list[audit.Call]) -> set[Right]:
    return {(call.verb, call.group, call.resource) for call in asked}
