"""The adapter on a real apiserver with the real workflow-controller: a convoy is applied, and everything stands in its status."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.adapters import adapter
from harness.running import Cluster
from harness.towns import Town, bead, condition


@pytest.fixture
def town(light: Cluster, light_workers: str, tmp_path: Path) -> Iterator[Town]:
    """A namespace with a rig, and an adapter that works in it."""
    with adapter(light, tmp_path, light_workers) as replica:
        town = Town(light, light_workers, replica)
        town.rig()
        town.make("Refinery", f"{light_workers}-refinery", {"rigRef": light_workers})
        yield town
        town.delete("Rig", light_workers)


def test_a_convoy_is_worked_to_its_end(town: Town) -> None:
    """Three beads, the third after the others: Workflow, Polecats, and a status that says Complete with every bead merged."""
    town.direct(seconds=0.2)
    town.convoy("demo", bead(1), bead(2), bead(3, 1, 2))
    town.until("the end of the convoy", lambda: town.status("Convoy", "demo").get("phase") == "Complete")
    status = town.status("Convoy", "demo")
    assert ("3/3", ["ap-1", "ap-2", "ap-3"]) == (status["progress"], status["mergedBeads"])
    assert {"ap-1": "Done", "ap-2": "Done", "ap-3": "Done"} == {
        name: each["phase"] for name, each in town.polecats().items()
    }
    assert ("True", "MergeComplete") == condition(town.polecats()["ap-3"], "Merged")
    assert ("True", "Complete") == condition(status, "Complete")
    assert [] == town.adapter.errors()
