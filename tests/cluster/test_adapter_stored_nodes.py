"""Workflows whose nodes Argo keeps in a database, as `persistence.nodeStatusOffLoad` has it: a real one, and a real argo-server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.adapters import adapter
from harness.running import Cluster
from harness.storing import storing
from harness.towns import Town, bead, condition


@pytest.fixture
def server(light: Cluster) -> Iterator[str]:
    """The address of an argo-server, beside a controller that stores all nodes."""
    with storing(light) as url:
        yield url


def test_nodes_that_argo_stored_elsewhere_are_read(
    light: Cluster, light_workers: str, server: str, tmp_path: Path
) -> None:
    """Three beads, of which one fails, are told as ever. An adapter that knows no argo-server says so instead, and takes nothing back."""
    with adapter(light, tmp_path / "blind", light_workers) as replica:
        town = Town(light, light_workers, replica)
        town.rig()
        town.play(
            {"seconds": "0.5", "demo-1.ap-2.ap-2-work_0_": '{"code": 11, "outputs": {"reason": "Escalated"}}'}
        )
        town.convoy("demo", bead(1), bead(2), bead(3, 2))
        town.until(
            "a reason", lambda: condition(town.status("Convoy", "demo"), "Ready")[1] == "NodesOffloaded"
        )
        status = town.get("Workflow", "demo-1")["status"]
        assert (False, True) == (bool(status.get("nodes")), bool(status["offloadNodeStatusVersion"]))
    with adapter(light, tmp_path / "seeing", light_workers, argo_server={"url": server}) as replica:
        town = Town(light, light_workers, replica)
        town.until("the end", lambda: town.status("Convoy", "demo").get("phase") == "Failed")
        assert ["ap-1"] == town.status("Convoy", "demo")["mergedBeads"]
        told = {
            "ap-1": ("Done", "Merged"),
            "ap-2": ("Stuck", "Escalated"),
            "ap-3": ("Stuck", "DependencyFailed"),
        }
        town.until(
            "the polecats",
            lambda: (
                told
                == {name: (each.get("phase"), each.get("reason")) for name, each in town.polecats().items()}
            ),
        )
        town.delete("Rig", light_workers)
