"""What breaks while agents work is mended by Argo, the steps and git together: the convoy ends merged, no commit is lost."""

import signal
import time
from typing import Any

import pytest
from harness.convoys import Yard, inline_convoy, scripted_bead
from harness.processes import until
from harness.running import Cluster

from workflows.observe import Stage

MINUTE = 60


def _once(number: int, then: str) -> dict[str, Any]:
    """A bead that commits a file with a content that no second try can have, then does something, once only.

    Were the commit lost, a later try would write another time into the file.
    """
    path = f"{number}.txt"
    commit = f"git add {path} && git commit -q -m 'Write {path}'"
    return scripted_bead(number, f"[ -e {path} ] || {{ date +%s%N > {path}; {commit}; {then}; }}")


@pytest.fixture
def yard(cluster: Cluster, workers: str) -> Yard:
    """A namespace with a repository on the cluster's forge."""
    yard = Yard(cluster, workers)
    yard.open()
    return yard


def _working(yard: Yard, workflow: str) -> list[dict[str, Any]]:
    """The polecats' pods whose agent runs."""
    pods = [
        pod for pod in yard.cluster.pods(workflow, yard.namespace) if "polecat" in pod["metadata"]["name"]
    ]
    return [pod for pod in pods if "running" in _states(pod).get("custom", {})]


def _states(pod: dict[str, Any]) -> dict[str, Any]:
    statuses = pod["status"].get("containerStatuses") or []
    return {status["name"]: status["state"] for status in statuses}


def _pushed(yard: Yard, branch: str, path: str) -> str:
    """The file as it stands on a branch of the forge; empty where it isn't there yet."""
    present = yard.show("for-each-ref", "--format=%(refname)", f"refs/heads/{branch}").split()
    if not present or path not in yard.show("ls-tree", "--name-only", present[0]).split():
        return ""
    return yard.show("show", f"{present[0]}:{path}")


def test_lost_pods_and_killed_containers(yard: Yard) -> None:
    """A pod is deleted, an agent runs out of memory, a container is killed: each is tried again from what was pushed."""
    convoy = inline_convoy(
        "lost",
        _once(1, "sleep 300"),
        _once(2, "head -c 900M /dev/zero | tail > /dev/null"),
        _once(3, "kill -9 -1"),
    )
    small = {"limits": {"memory": "256Mi"}}
    (compiled,) = yard.compile(convoy, yard.rig({"resources": small}))
    workflow = yard.submit(compiled)

    def sleeping() -> list[dict[str, Any]]:
        beads = [
            pod for pod in _working(yard, workflow) if pod["metadata"]["labels"]["gastown.io/bead"] == "ap-1"
        ]
        return [pod for pod in beads if _commits(yard, pod)]

    until(lambda: bool(sleeping()), "the agent of ap-1 to have committed", seconds=120)
    (pod,) = sleeping()
    yard.cluster.kind("v1", "Pod").delete(name=pod["metadata"]["name"], namespace=yard.namespace)
    until(lambda: bool(_pushed(yard, "polecat/ap-1", "1.txt")), "the push before the end", seconds=60)
    first = _pushed(yard, "polecat/ap-1", "1.txt")

    seen = yard.observe(workflow, seconds=400)
    assert dict.fromkeys(("ap-1", "ap-2", "ap-3"), Stage.DONE) == {
        bead.bead: bead.stage for bead in seen.beads
    }
    assert all(bead.attempts > 1 for bead in seen.beads)
    assert first == _pushed(yard, "main", "1.txt")


def _commits(yard: Yard, pod: dict[str, Any]) -> bool:
    """True once the agent's own log shows its commit: only then is there work that could be lost, and somebody who watches over it."""
    return "commit" in yard.cluster.logs(pod["metadata"]["name"], yard.namespace, "custom")


def test_a_stopped_kubelet_and_a_killed_controller(yard: Yard) -> None:
    """The node falls silent for a minute and the controller dies while agents work: both beads are merged, tried once."""
    convoy = inline_convoy("silent", _once(1, "sleep 40"), _once(2, "sleep 50"))
    (compiled,) = yard.compile(convoy, yard.rig())
    workflow = yard.submit(compiled)
    until(lambda: len(_working(yard, workflow)) == 2, "both agents at work", seconds=120)
    processes = yard.cluster.processes
    processes.send("kubelet", signal.SIGSTOP)
    try:
        silent_until = time.monotonic() + MINUTE
        processes.stop("workflow-controller", signal.SIGKILL)
        processes.revive("workflow-controller")
        until(lambda: time.monotonic() > silent_until, "the minute to be over", seconds=MINUTE + 5)
    finally:
        processes.send("kubelet", signal.SIGCONT)
    seen = yard.observe(workflow, seconds=300)
    assert {"ap-1": (Stage.DONE, 1), "ap-2": (Stage.DONE, 1)} == {
        bead.bead: (bead.stage, bead.attempts) for bead in seen.beads
    }
