"""A Workflow of our shape runs on the real controller: on real pods, and on played ones."""

from typing import Any

import pytest
from harness import tenants
from harness.boot import restart_apiserver
from harness.images import BASE
from harness.processes import Processes, until
from harness.running import WORKFLOWS, Cluster

NOBODY = 65532


def _container(script: str, **more: Any) -> dict[str, Any]:
    locked = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    return {
        "image": BASE,
        "command": ["sh", "-c", script],
        "securityContext": locked,
        "volumeMounts": [{"name": "workspace", "mountPath": "/workspace"}],
        **more,
    }


def _workflow(name: str, namespace: str) -> dict[str, Any]:
    """Two pods in a row, each of a container before `main` and one beside it: they share a folder, and `main` has an output."""
    first = "echo written by first; echo hello > /workspace/word"
    beside = "until test -s /workspace/word; do sleep 0.1; done; echo seen; touch /workspace/seen"
    last = "until test -e /workspace/seen; do sleep 0.1; done; cat /workspace/word"
    trio = {
        "name": "trio",
        "volumes": [{"name": "workspace", "emptyDir": {}}],
        "outputs": {"parameters": [{"name": "word", "valueFrom": {"path": "/workspace/word"}}]},
        "initContainers": [_container(first, name="first")],
        "container": _container(last),
        "sidecars": [_container(beside, name="beside")],
    }
    tasks = [{"name": "one", "template": "trio"}, {"name": "two", "template": "trio", "depends": "one"}]
    return {
        "apiVersion": WORKFLOWS,
        "kind": "Workflow",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "entrypoint": "convoy",
            "serviceAccountName": tenants.POLECAT,
            "automountServiceAccountToken": False,
            "executor": {"serviceAccountName": tenants.EXECUTOR},
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": NOBODY,
                "runAsGroup": NOBODY,
                "fsGroup": NOBODY,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "templates": [{"name": "convoy", "dag": {"tasks": tasks}}, trio],
        },
    }


def _ends(workflow: dict[str, Any]) -> dict[str, str]:
    """Node name -> phase, of the pods."""
    nodes = workflow["status"]["nodes"].values()
    return {node["name"]: node["phase"] for node in nodes if node["type"] == "Pod"}


def test_real_pods_run_a_container_before_and_one_beside(cluster: Cluster, workers: str) -> None:
    """Under Pod Security `restricted`: both pods succeed, the output is read, and logs can be asked for."""
    cluster.require_image(BASE)
    cluster.apply(_workflow("hello", workers))
    ended = cluster.await_end("hello", workers, seconds=300)
    assert _ends(ended) == {"hello.one": "Succeeded", "hello.two": "Succeeded"}
    words = [
        parameter["value"]
        for node in ended["status"]["nodes"].values()
        for parameter in node.get("outputs", {}).get("parameters", ())
    ]
    assert words == ["hello", "hello"]
    logs = [
        cluster.logs(pod["metadata"]["name"], workers, container)
        for pod in cluster.pods("hello", workers)
        for container in ("first", "beside", "main")
    ]
    said = ("written by first", "seen", "hello") * 2
    assert [each in log for each, log in zip(said, logs, strict=True)] == [True] * 6


@pytest.mark.parametrize(
    ("directions", "phases"),
    [
        pytest.param({}, {"hello.one": "Succeeded", "hello.two": "Succeeded"}, id="all well"),
        pytest.param(
            {"hello.one": '{"code": 3}'}, {"hello.one": "Failed"}, id="a failure stops what depends on it"
        ),
    ],
)
def test_played_pods_follow_their_directions(
    light: Cluster, light_workers: str, directions: dict[str, str], phases: dict[str, str]
) -> None:
    """The controller takes a played pod for a real one, whatever the play."""
    light.direct(light_workers, {"seconds": "0.1", **directions})
    light.apply(_workflow("hello", light_workers))
    assert phases == _ends(light.await_end("hello", light_workers, seconds=60))


def test_plays_outlive_the_apiserver(light: Cluster, light_workers: str) -> None:
    """An apiserver that is away while pods play costs time only: the player waits for it."""
    light.direct(light_workers, {"seconds": "3"})
    light.apply(_workflow("hello", light_workers))
    until(lambda: bool(light.pods("hello", light_workers)), "the first pod", seconds=60)
    restart_apiserver(light.own)
    assert set(_ends(light.await_end("hello", light_workers, seconds=120)).values()) == {"Succeeded"}
    light.processes.check()


def test_a_namespace_that_goes_takes_its_plays_along(light: Cluster, light_workers: str) -> None:
    """A pod that ends in a namespace that is being removed ends no other play."""
    light.apply(*tenants.played(f"{light_workers}-gone"))
    light.direct(f"{light_workers}-gone", {"seconds": "1"})
    light.apply(_workflow("hello", f"{light_workers}-gone"))
    until(lambda: bool(light.pods("hello", f"{light_workers}-gone")), "the first pod", seconds=60)
    light.kind("v1", "Namespace").delete(name=f"{light_workers}-gone")
    until(lambda: light.gone("v1", "Namespace", f"{light_workers}-gone"), "the end of it", seconds=60)
    Processes(light.site).check()
