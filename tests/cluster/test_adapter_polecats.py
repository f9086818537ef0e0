"""A Polecat made by hand, with gastown-operator's own fields, on the real apiserver with the real workflow-controller."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness.adapters import adapter
from harness.running import Cluster
from harness.towns import Town, bead, condition

KUBERNETES = {
    "gitRepository": "https://git.test/town.git",
    "gitBranch": "main",
    "workBranch": "feature/gt-42",
    "gitSecretRef": {"name": "git-creds"},
    "claudeCredsSecretRef": {"name": "claude-creds"},
}


@pytest.fixture
def town(light: Cluster, light_workers: str, tmp_path: Path) -> Iterator[Town]:
    """A namespace with an adapter that works in it, and no rig: gastown-operator asks for none either."""
    with adapter(light, tmp_path, light_workers) as replica:
        yield Town(light, light_workers, replica)


def _polecat(town: Town, state: str, **spec: Any) -> None:
    values = {
        "rig": town.namespace,
        "desiredState": state,
        "beadID": "gt-42",
        "taskDescription": "Fix the bug",
        "kubernetes": KUBERNETES,
        **spec,
    }
    town.make("Polecat", "worker", values)


def _phase(town: Town) -> str:
    return str(town.status("Polecat", "worker").get("phase", ""))


def test_a_polecat_works_and_stays_done(town: Town) -> None:
    """It becomes Done with its branch and commit; that its Workflow goes away afterwards does not run it again."""
    town.direct(seconds=0.2)
    _polecat(town, "Working")
    town.until("the end", lambda: _phase(town) == "Done")
    status = town.status("Polecat", "worker")
    assert ("True", "WorkComplete") == condition(status, "Available")
    assert ("gt-42", "polecat-worker-1") == (status["assignedBead"], status["workflow"])
    orders = town.get("ConfigMap", "polecat-worker-1-tasks-0")["data"]["task.gt-42.json"]
    assert '"branch":"feature/gt-42"' in orders

    town.delete("Workflow", "polecat-worker-1")
    town.until("the Workflow to be gone", lambda: not town.get("Workflow", "polecat-worker-1"))
    town.patch("Polecat", "worker", {"metadata": {"labels": {"touched": "yes"}}})
    town.until("the look", lambda: town.adapter.metrics().get("gastown_queue_depth") == 0)
    assert ("Done", []) == (_phase(town), town.all("Workflow"))
    assert status["commit"] == town.status("Polecat", "worker")["commit"]


def test_desired_state_is_honoured(town: Town) -> None:
    """Idle waits; Working works; Idle again stops it and keeps the branch; Working once more is a new attempt; Terminated ends it."""
    town.direct(seconds=600)
    _polecat(town, "Idle")
    town.until("Idle", lambda: condition(town.status("Polecat", "worker"), "Ready") == ("True", "Idle"))
    assert [] == town.all("Workflow")
    _polecat(town, "Working")
    town.until("Working", lambda: _phase(town) == "Working")
    town.until("its pod", lambda: bool(town.status("Polecat", "worker")["podActive"]))
    assert town.get("Pod", town.status("Polecat", "worker")["podName"])["status"]["phase"] == "Running"
    _polecat(town, "Idle")
    town.until("Idle again", lambda: _phase(town) == "Idle")
    stopped = town.get("Workflow", "polecat-worker-1")
    assert ("Stop", "Failed") == (stopped["spec"]["shutdown"], stopped["status"]["phase"])
    _polecat(town, "Working")
    town.until("Working again", lambda: _phase(town) == "Working")
    assert "polecat-worker-1-r1" == town.status("Polecat", "worker")["workflow"]
    _polecat(town, "Terminated")
    town.until("Terminated", lambda: _phase(town) == "Terminated")
    town.until("its end", lambda: town.get("Workflow", "polecat-worker-1-r1")["status"]["phase"] == "Failed")


def test_a_polecat_without_rig_and_repository_says_so(town: Town) -> None:
    """And works as soon as there is a rig, whose refinery merges what it publishes."""
    town.direct(seconds=0.1)
    town.make(
        "Polecat", "worker", {"rig": town.namespace, "desiredState": "Working", "taskDescription": "Do"}
    )
    town.until(
        "the refusal",
        lambda: condition(town.status("Polecat", "worker"), "Ready") == ("False", "RigNotFound"),
    )
    town.rig()
    town.until("the end", lambda: _phase(town) == "Done")
    town.until(
        "the merge",
        lambda: condition(town.status("Polecat", "worker"), "Merged") == ("True", "MergeComplete"),
    )
    town.delete("Rig", town.namespace)


def test_one_polecat_of_a_convoy_is_ended(town: Town) -> None:
    """Its pod goes, the one that Argo starts instead finds the mark and ends for good; its dependents are told, the others go on."""
    town.rig()
    town.direct(seconds=600)
    town.convoy("demo", bead(1), bead(2), bead(3, 1))
    town.until("work", lambda: bool(town.polecats().get("ap-1", {}).get("podActive")))
    # What the step does that finds the mark. A pod that goes in its first seconds is made anew in the same attempt.
    again = '{"code": 12, "seconds": 0.1, "outputs": {"reason": "Terminated"}}'
    town.play({"seconds": "600"} | {f"demo-1.ap-1.ap-1-work_{attempt}_": again for attempt in (0, 1)})
    named = {each["spec"]["beadID"]: each["metadata"]["name"] for each in town.all("Polecat")}
    town.patch("Polecat", named["ap-1"], {"spec": {"desiredState": "Terminated"}})
    town.until("its end", lambda: town.polecats()["ap-1"].get("phase") == "Terminated")
    orders = town.get("ConfigMap", "demo-1-tasks-0")["data"]
    assert "terminated by hand" in orders["ended.ap-1"]
    assert ("Terminated", "Working") == (
        town.polecats()["ap-1"]["reason"],
        town.polecats()["ap-2"]["phase"],
    )
    town.until(
        "the word to ap-3",
        lambda: (
            [{"bead": "ap-3", "reason": "cannot start: ap-1 failed"}]
            == town.status("Convoy", "demo").get("waiting")
        ),
    )
    town.delete("Rig", town.namespace)


def test_a_finished_polecat_is_deleted_in_its_time(town: Town) -> None:
    """So many seconds after its end as `ttlSecondsAfterFinished` says."""
    town.direct(seconds=0.1)
    _polecat(town, "Working", ttlSecondsAfterFinished=1)
    town.until("the end of the Polecat", lambda: not town.get("Polecat", "worker"))
