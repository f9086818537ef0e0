"""What the adapter writes, counted by itself: one status for what a change changes, and nothing for what changes nothing."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.adapters import Adapter, adapter
from harness.running import Cluster
from harness.towns import Town, bead

STARTED = "2026-01-01T00:00:00Z"


@pytest.fixture
def town(light: Cluster, light_workers: str, tmp_path: Path) -> Iterator[Town]:
    """A town in which nothing changes but by the test: Argo's controller is away, and a convoy of three beads is submitted."""
    light.processes.stop("workflow-controller", signal.SIGKILL)
    try:
        with adapter(light, tmp_path, light_workers) as replica:
            town = Town(light, light_workers, replica)
            town.rig()
            town.convoy("demo", bead(1), bead(2), bead(3, 2))
            _show(town, {})
            town.until("all polecats", lambda: all(town.polecats().values()) and len(town.polecats()) == 3)
            _rest(town)
            yield town
            town.delete("Rig", light_workers)
    finally:
        light.processes.revive("workflow-controller")


def test_a_change_of_one_bead_writes_each_status_once(town: Town) -> None:
    """One bead begins: its Polecat, its convoy and the sums of its rig are written, each once; no other Polecat is."""
    before = _statuses(town.adapter)
    _show(town, {"ap-1": "Running"})
    town.until("the polecat", lambda: town.polecats()["ap-1"].get("phase") == "Working")
    town.until("the convoy", lambda: town.status("Convoy", "demo")["phases"].get("working") == 1)
    _rest(town)
    after = _statuses(town.adapter)
    written = {kind: after.get(kind, 0) - before.get(kind, 0) for kind in ("Polecat", "Convoy")}
    assert {"Polecat": 1, "Convoy": 1} == written
    assert {kind for kind in after if after[kind] - before.get(kind, 0) > 1} == set()


def test_a_change_that_changes_nothing_writes_nothing(town: Town) -> None:
    """An annotation, and a node of no bead: both arrive, and no status says anything new."""
    before, seen = _statuses(town.adapter), _events(town)
    town.patch("Workflow", "demo-1", {"metadata": {"annotations": {"somebody": "was here"}}})
    _show(town, {"of-no-bead": "Running"})
    town.until("both changes", lambda: _events(town) >= seen + 2)
    _rest(town)
    assert before == _statuses(town.adapter)


def test_a_restart_writes_nothing(town: Town) -> None:
    """Everything is read and looked at anew, and everything is as it was left."""
    _show(town, {"ap-1": "Running", "ap-2": "Running"})
    town.until(
        "both polecats",
        lambda: [each.get("phase") for each in town.polecats().values()].count("Working") == 2,
    )
    _rest(town)
    town.adapter.stop()
    town.adapter.start()
    _rest(town)
    assert {} == _statuses(town.adapter)


def _show(town: Town, phases: dict[str, str]) -> None:
    """Write nodes as Argo's controller would, for tasks in these phases."""
    nodes = {
        "demo-1": {"id": "demo-1", "name": "demo-1", "type": "DAG", "phase": "Running", "startedAt": STARTED}
    }
    for task, phase in phases.items():
        for ending, kind in (("", "DAG"), (f".{task}-work", "Retry"), (f".{task}-work(0)", "Pod")):
            name = f"demo-1.{task}{ending}"
            nodes[name] = {"id": name, "name": name, "type": kind, "phase": phase, "startedAt": STARTED}
    town.until("the Workflow", lambda: bool(town.get("Workflow", "demo-1")))
    status = {"phase": "Running", "startedAt": STARTED, "nodes": nodes}
    town.patch("Workflow", "demo-1", {"status": status})


def _statuses(replica: Adapter) -> dict[str, float]:
    """How many statuses it has written, by kind."""
    return {
        name.split('"')[1]: value
        for name, value in replica.metrics().items()
        if name.startswith("gastown_writes_total") and 'verb="status"' in name
    }


def _events(town: Town) -> float:
    return town.adapter.metrics()['gastown_watch_events_total{kind="Workflow"}']


def _rest(town: Town) -> None:
    """Until nothing is waited with: sums wait for half a second, so a whole second without a look is rest."""
    looks: list[tuple[float, float]] = []

    def resting() -> bool:
        found = town.adapter.metrics()
        count = sum(value for name, value in found.items() if name.startswith("gastown_reconciles_total"))
        looks.append((count, found["gastown_queue_depth"]))
        return len(looks) > 10 and len(set(looks[-10:])) == 1 and not looks[-1][1]

    town.until("rest", resting)
