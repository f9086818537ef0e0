"""Workflows that grew too large for Argo to write their nodes as they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import argo
from harness.running import Cluster
from harness.towns import Town, bead, governed


@pytest.fixture
def packing(light: Cluster) -> Iterator[None]:
    """A controller that packs early."""
    with argo.restarted(light.own, argo.PACKING):
        yield


@pytest.fixture
def town(light: Cluster, light_workers: str, tmp_path: Path) -> Iterator[Town]:
    """A namespace with a rig, and an adapter that works in it."""
    with governed(light, light_workers, tmp_path) as town:
        yield town


@pytest.mark.usefixtures("packing")
def test_nodes_that_argo_packed_are_read(town: Town) -> None:
    """Six beads, of which one fails: what ran, what failed and what was left out stand in the statuses as ever."""
    town.play(
        {"seconds": "0.5", "demo-1.ap-5.ap-5-work_0_": '{"code": 11, "outputs": {"reason": "Escalated"}}'}
    )
    town.convoy("demo", *(bead(number) for number in range(1, 6)), bead(6, 5))
    town.until(
        "packed nodes",
        lambda: bool((town.get("Workflow", "demo-1").get("status") or {}).get("compressedNodes")),
    )
    town.until("the end", lambda: town.status("Convoy", "demo").get("phase") == "Failed")
    status = town.get("Workflow", "demo-1")["status"]
    assert (False, True) == (bool(status.get("nodes")), bool(status["compressedNodes"]))
    assert ["ap-1", "ap-2", "ap-3", "ap-4"] == town.status("Convoy", "demo")["mergedBeads"]
    told = {"ap-5": ("Stuck", "Escalated"), "ap-6": ("Stuck", "DependencyFailed")}
    told |= {f"ap-{number}": ("Done", "Merged") for number in range(1, 5)}
    town.until(
        "the polecats",
        lambda: (
            told == {name: (each.get("phase"), each.get("reason")) for name, each in town.polecats().items()}
        ),
    )
