"""While an agent works in a real pod, the status of its Polecat says what it did last, read from a real kubelet under the chart's own rights."""

from pathlib import Path
from typing import Any

import pytest
from harness.adapters import OURS, adapter
from harness.convoys import SCRIPTED, Yard, scripted_bead
from harness.processes import until
from harness.running import Cluster

SLOW = (
    "echo '$ make first'",
    "sleep 25",
    "echo '[Edit] second.py'",
    "sleep 25",
    "echo 1 >1.txt; git add 1.txt; git commit -qm One",
)


@pytest.fixture
def yard(cluster: Cluster, workers: str) -> Yard:
    """A repository, and the Secret that lets its pods in."""
    yard = Yard(cluster, workers)
    yard.open()
    return yard


def _polecat(yard: Yard) -> dict[str, Any]:
    found = yard.cluster.kind(OURS, "Polecat").get(namespace=yard.namespace).to_dict()["items"]
    status: dict[str, Any] = (found[0].get("status") or {}) if found else {}
    return status


def test_it_moves_while_the_agent_works(yard: Yard, tmp_path: Path) -> None:
    """With the time at which that was printed, and it goes with the agent."""
    cluster, name = yard.cluster, yard.namespace
    rig = yard.rig().model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)
    cluster.apply({"apiVersion": OURS, "kind": "Rig", **rig})
    spec = {
        "description": "slowly",
        "rigRef": name,
        "beads": [scripted_bead(1, *SLOW)],
        "agent": "custom",
        "agentConfig": SCRIPTED,
    }
    metadata = {"name": "slowly", "namespace": name}
    with adapter(cluster, tmp_path, name, last_action={"interval": 2, "rate": 5}) as replica:
        cluster.apply({"apiVersion": OURS, "kind": "Convoy", "metadata": metadata, "spec": spec})
        until(lambda: _polecat(yard).get("lastAction") == "$ make first", "the first", seconds=300)
        first = _polecat(yard)["lastActivity"]
        until(lambda: _polecat(yard).get("lastAction") == "[Edit] second.py", "the second", seconds=120)
        assert _polecat(yard)["lastActivity"] > first
        until(lambda: _polecat(yard).get("phase") == "Done", "its end", seconds=300)
        assert "lastAction" not in _polecat(yard)
        assert replica.metrics()['gastown_log_reads_total{result="read"}'] >= 2
        assert [] == replica.errors()
