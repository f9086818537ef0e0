"""The adapter is killed, cut off, doubled and fed poison: afterwards every status is true, nothing ran twice, nothing is lost."""

import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness.adapters import Adapter, adapter
from harness.boot import restart_apiserver
from harness.processes import until
from harness.running import Cluster
from harness.towns import Town, bead, condition, governed

KILLS, CONVOYS = 100, 10
"""Kills at random moments, and convoys that run meanwhile: every kind of write is hit by some."""


@pytest.fixture
def town(light: Cluster, light_workers: str, tmp_path: Path) -> Iterator[Town]:
    """A namespace with a rig, and an adapter that works in it."""
    with governed(light, light_workers, tmp_path, rig={"settings": {"maxPolecats": 100}}) as town:
        yield town


def _complete(town: Town, name: str) -> bool:
    return town.status("Convoy", name).get("phase") == "Complete"


def _done(polecat: dict[str, Any]) -> bool:
    return bool((polecat.get("status") or {}).get("phase") == "Done")


def _assert_true(town: Town, names: list[str], beads: int) -> None:
    """Every convoy has one Workflow, whose every polecat ran once, and statuses that say so."""
    ids = [f"ap-{number}" for number in range(1, beads + 1)]
    assert sorted(f"{name}-1" for name in names) == sorted(
        each["metadata"]["name"] for each in town.all("Workflow")
    )
    for name in names:
        assert ids == town.status("Convoy", name)["mergedBeads"]
    owned = [each for each in town.all("Polecat") if each["metadata"].get("ownerReferences")]
    assert len(names) * beads == len(owned)
    told = {(each["status"]["phase"], each["status"]["attempts"]) for each in owned}
    assert {("Done", 1)} == told
    assert not [each for each in town.all("Workflow") if each["metadata"].get("finalizers")]


def test_killed_at_a_hundred_random_moments(town: Town) -> None:
    """SIGKILL, again and again, while convoys are made and worked; each start goes on from what stands in the cluster."""
    chance = random.Random(5)  # noqa: S311 - moments, not secrets
    town.play({"seconds": "0.5"})
    names = [f"demo{number}" for number in range(CONVOYS)]
    town.adapter.stop()
    for name in names:
        town.convoy(name, bead(1), bead(2, 1))
        for _ in range(KILLS // CONVOYS - 1):
            town.adapter.start(ready=chance.random() < 0.5)
            moment = chance.random() * 0.5
            assert signal.sigtimedwait([], moment) is None
            _kill(town.adapter)
        # However slow the machine is, each convoy gets under way among the kills.
        town.adapter.start()
        town.until(f"the Workflow of {name}", lambda name=name: bool(town.get("Workflow", f"{name}-1")))
        _kill(town.adapter)
    town.adapter.start()
    for name in names:
        town.until(f"the end of {name}", lambda name=name: _complete(town, name), seconds=120)
    town.until("every polecat", lambda: all(_done(each) for each in town.all("Polecat")))
    town.until(
        "all to be let go",
        lambda: not [each for each in town.all("Workflow") if each["metadata"].get("finalizers")],
    )
    _assert_true(town, names, 2)


def test_the_apiserver_is_restarted(town: Town) -> None:
    """Watches, lists and writes fail for a while; the adapter stays, or is started anew, and goes on."""
    town.play({"seconds": "2"})
    town.convoy("demo", bead(1), bead(2, 1))
    town.until("the Workflow", lambda: bool(town.get("Workflow", "demo-1")))
    restart_apiserver(town.cluster.own)
    town.until("the end", lambda: _alive(town.adapter) and _complete(town, "demo"), seconds=120)
    town.until("the polecats", lambda: {each.get("phase") for each in town.polecats().values()} == {"Done"})


def test_a_second_replica_takes_over(light: Cluster, light_workers: str, tmp_path: Path) -> None:
    """One leads and the other waits; when the first is killed the second goes on within fifteen seconds."""
    lease = {"duration": 10, "renew": 6, "retry": 2}
    with (
        adapter(light, tmp_path / "first", light_workers, lease=lease) as first,
        adapter(light, tmp_path / "second", light_workers, lease=lease) as second,
    ):
        leads = "gastown_leader"
        until(lambda: _measure(first, leads) + _measure(second, leads) == 1, "one leader", seconds=30)
        leader, other = (first, second) if _measure(first, leads) else (second, first)
        town = Town(light, light_workers, other)
        town.rig()
        town.play({"seconds": "1"})
        town.convoy("demo", bead(1), bead(2, 1))
        town.until("the Workflow", lambda: bool(town.get("Workflow", "demo-1")))
        leader.stop(signal.SIGKILL)
        until(lambda: _measure(other, leads) == 1, "the takeover", seconds=15)
        town.until("the end", lambda: _complete(town, "demo"))
        town.delete("Rig", light_workers)


def test_a_hand_writes_into_a_status(town: Town) -> None:
    """Whoever writes a status that is not so sees it mended."""
    town.play({"seconds": "0.2"})
    town.convoy("demo", bead(1))
    town.until("the end", lambda: _complete(town, "demo"))
    town.until("the polecat", lambda: town.polecats()["ap-1"].get("phase") == "Done")
    lie: dict[str, Any] = {"status": {"phase": "Stuck", "reason": "Failed"}}
    town.patch("Polecat", "demo", lie, status=True)
    town.patch("Convoy", "demo", {"status": {"phase": "Failed", "progress": "0/1"}}, status=True)
    town.until("the truth", lambda: town.polecats()["ap-1"]["phase"] == "Done")
    town.until("the truth of the convoy", lambda: _complete(town, "demo"))
    assert "1/1" == town.status("Convoy", "demo")["progress"]


def test_a_poisoned_object_holds_up_no_other(town: Town) -> None:
    """A Workflow that claims to be ours and makes no sense, and a convoy that can't be compiled: the others go on."""
    town.play({"seconds": "0.2"})
    owner = {
        "apiVersion": "gastown.gastown.io/v1alpha1",
        "kind": "Convoy",
        "name": "ghost",
        "uid": "00000000-0000-0000-0000-000000000000",
        "controller": True,
    }
    strange = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": "strange",
            "namespace": town.namespace,
            "labels": {
                "app.kubernetes.io/managed-by": "gastown",
                "gastown.io/attempt": "many",
                "gastown.io/rig": "none",
            },
            "ownerReferences": [owner],
            "finalizers": ["gastown.gastown.io/recorded"],
        },
        "spec": {"suspend": True},
    }
    town.cluster.create(strange)
    town.convoy("unknown", bead(1), agent="nobody")
    town.convoy("demo", bead(2))
    town.until("the end", lambda: _complete(town, "demo"))
    town.until(
        "the refusal",
        lambda: condition(town.status("Convoy", "unknown"), "Ready") == ("False", "AgentRefused"),
    )
    town.until("the stranger's release", lambda: not town.get("Workflow", "strange"))


def _kill(replica: Adapter) -> None:
    """Kill it; it must not have ended by itself."""
    assert -signal.SIGKILL == replica.stop(signal.SIGKILL)


def _measure(replica: Adapter, name: str) -> float:
    try:
        return replica.metrics().get(name, 0.0)
    except OSError:
        return 0.0


def _alive(replica: Adapter) -> bool:
    """True while it runs; one that ended by itself is started anew, as a Deployment does."""
    if replica.process is not None and replica.process.poll() is not None:
        replica.start(ready=False)
    return True
