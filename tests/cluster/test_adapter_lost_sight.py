"""What happened while the adapter could not see: afterwards every status is true, nothing ran twice, nothing is lost."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.boot import restart_apiserver
from harness.running import WORKFLOWS, Cluster
from harness.towns import Town, bead, condition, governed


@pytest.fixture
def town(light: Cluster, light_workers: str, tmp_path: Path) -> Iterator[Town]:
    """A namespace with a rig, and an adapter that compares all it knows with all there is every three seconds."""
    limit = {"settings": {"maxPolecats": 100}}
    with governed(light, light_workers, tmp_path, rig=limit, resync=3.0) as town:
        yield town


def _phase(town: Town, name: str) -> str:
    return str(town.status("Convoy", name).get("phase", ""))


def _polecat(town: Town, name: str) -> tuple[str, str]:
    status = town.polecats().get(name, {})
    return status.get("phase", ""), status.get("reason", "")


def _ended(town: Town, workflow: str) -> bool:
    labels = town.get("Workflow", workflow)["metadata"]["labels"]
    return bool(labels.get("workflows.argoproj.io/completed") == "true")


def _uid(town: Town, kind: str, name: str) -> str:
    return str(town.get(kind, name).get("metadata", {}).get("uid", ""))


def test_workflows_that_ended_or_went_while_nobody_looked(town: Town) -> None:
    """The adapter is dead while one Workflow ends and is deleted, held by our finalizer, another is deleted past it, and a third is
    replaced: its convoy was deleted and made again under the same name.

    What ended is told as it ended. What went is told as stopped, and is not run again by itself. The new convoy gets its Workflow as
    soon as the old one of that name has gone.
    """
    town.play(
        {
            "seconds": "0.3",
            "kept-1.ap-1.ap-1-work_0_": '{"seconds": 5}',
            "lost-1.ap-2.ap-2-work_0_": '{"seconds": 600}',
        }
    )
    for number, name in enumerate(("kept", "lost", "again"), start=1):
        town.convoy(name, bead(number))
    for name in ("kept", "lost", "again"):
        town.until(
            f"{name} under way",
            lambda name=name: (
                (town.status("Convoy", name).get("trains") or [{}])[0].get("phase") == "Running"
            ),
        )
    town.until("all at work", lambda: {_polecat(town, f"ap-{number}")[0] for number in (1, 2)} == {"Working"})
    town.adapter.stop(signal.SIGKILL)
    old = _uid(town, "Workflow", "again-1")
    town.patch("Workflow", "lost-1", {"metadata": {"finalizers": None}})
    town.delete("Workflow", "lost-1")
    town.delete("Convoy", "again")
    town.until("the convoy to be gone", lambda: not town.get("Convoy", "again"))
    town.convoy("again", bead(3))
    town.until("the end of what is kept", lambda: _ended(town, "kept-1"))
    town.delete("Workflow", "kept-1")
    town.adapter.start()
    town.until("the end of what was kept", lambda: _phase(town, "kept") == "Complete")
    town.until("its release", lambda: not town.get("Workflow", "kept-1"))
    town.until("the end of what was lost", lambda: _phase(town, "lost") == "Failed")
    town.until("its polecat", lambda: _polecat(town, "ap-2") == ("Terminated", "Stopped"))
    town.until("the new Workflow", lambda: _uid(town, "Workflow", "again-1") not in ("", old))
    town.until("its end", lambda: _phase(town, "again") == "Complete")
    assert not town.get("Workflow", "lost-1")
    assert ("Done", "Merged", 1) == (*_polecat(town, "ap-1"), town.polecats()["ap-1"]["attempts"])


def test_a_strangers_workflow_has_the_name(town: Town) -> None:
    """It is left alone, the convoy says who is in its way, and goes on when it has gone."""
    town.play({"seconds": "0.3"})
    metadata = {"name": "demo-1", "namespace": town.namespace}
    town.cluster.create(
        {"apiVersion": WORKFLOWS, "kind": "Workflow", "metadata": metadata, "spec": {"suspend": True}}
    )
    stranger = _uid(town, "Workflow", "demo-1")
    town.convoy("demo", bead(1))
    town.until(
        "the refusal", lambda: condition(town.status("Convoy", "demo"), "Ready") == ("False", "NameTaken")
    )
    assert stranger == _uid(town, "Workflow", "demo-1")
    town.delete("Workflow", "demo-1")
    town.until("the end", lambda: _phase(town, "demo") == "Complete")


def test_a_watch_that_is_too_old_to_go_on(town: Town) -> None:
    """The adapter stands still while the apiserver is restarted and things change; its watches are then told 410, and say nothing
    of what was deleted meanwhile.

    The Polecat that a hand deleted is made again, a convoy's Workflow that was deleted with it is let go, and a convoy that
    ended is told as it ended: nothing ran twice.
    """
    town.play(
        {
            "seconds": "0.3",
            "demo-1.ap-1.ap-1-work_0_": '{"seconds": 3}',
            "gone-1.ap-2.ap-2-work_0_": '{"seconds": 600}',
        }
    )
    town.convoy("demo", bead(1))
    town.convoy("gone", bead(2))
    town.until("both at work", lambda: {_polecat(town, name)[0] for name in ("ap-1", "ap-2")} == {"Working"})
    process = town.adapter.process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    try:
        # The first restart cuts the watches: what a connection brings waits in it for a process that sleeps.
        restart_apiserver(town.cluster.own)
        polecat = next(each for each in town.all("Polecat") if each["spec"]["beadID"] == "ap-1")
        town.delete("Polecat", polecat["metadata"]["name"])
        town.delete("Convoy", "gone")
        town.until("the end of demo", lambda: _ended(town, "demo-1"))
        town.until("the convoy to be gone", lambda: not town.get("Convoy", "gone"))
        # The second one forgets the changes, so that no watch can go on where it was.
        restart_apiserver(town.cluster.own)
    finally:
        process.send_signal(signal.SIGCONT)
    town.until("the end", lambda: _phase(town, "demo") == "Complete")
    town.until("the polecat again", lambda: _polecat(town, "ap-1") == ("Done", "Merged"))
    town.until("the release", lambda: not town.get("Workflow", "gone-1"))
    town.until(
        "no pods",
        lambda: not [each for each in town.all("Pod") if each["metadata"]["name"].startswith("gone")],
    )
    assert 1 == town.polecats()["ap-1"]["attempts"]
    town.until("the lists", lambda: "watch expired" in town.adapter.log.read_text(encoding="utf-8"))
