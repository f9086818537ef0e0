"""What a bead costs in Argo's graph: its nodes by name, and where the arrows run, on the real controller."""

from typing import Any

from harness.recorder import play
from harness.running import Cluster
from harness.stories import STORIES

GRAPHS = {
    "merged": [
        "ap-1",
        "ap-1.ap-1-work",
        "ap-1.ap-1-work(0)",
        "ap-1.ap-1-merge",
        "ap-1.ap-1-merge(0)",
    ],
    "retried": [
        "ap-1",
        "ap-1.ap-1-work",
        "ap-1.ap-1-work(0)",
        "ap-1.ap-1-work(1)",
        "ap-1.ap-1-merge",
        "ap-1.ap-1-merge(0)",
    ],
    "conflict": [
        "ap-1",
        "ap-1.ap-1-work",
        "ap-1.ap-1-work(0)",
        "ap-1.ap-1-merge",
        "ap-1.ap-1-merge(0)",
        "ap-1.ap-1-again",
        "ap-1.ap-1-again.ap-1-work",
        "ap-1.ap-1-again.ap-1-work(0)",
        "ap-1.ap-1-again.ap-1-merge",
        "ap-1.ap-1-again.ap-1-merge(0)",
    ],
    "given-up": [
        "ap-1",
        "ap-1.ap-1-work",
        "ap-1.ap-1-work(0)",
        "ap-1.ap-1-work(1)",
        "ap-1.ap-1-work(2)",
        "ap-1.ap-1-merge",
        "ap-1.ap-1-again",
    ],
    "gate": [
        "ap-1",
        "ap-1.ap-1-work",
        "ap-1.ap-1-work(0)",
        "ap-1.ap-1-merge",
        "ap-1.ap-1-merge(0)",
        "ap-1.ap-1-again",
    ],
}
"""All nodes of the bead `ap-1`, by story: five for a good one, one more for another attempt, five more for a conflict.

What a failed one did not come to is grey: Argo makes a node of every task behind a failed one, and none of one that its `when` leaves out.
"""
LANDED = [
    f"ap-{number}{below}"
    for number in (1, 2)
    for below in ("", f".ap-{number}-work", f".ap-{number}-work(0)")
]
"""All nodes of two beads that polecats landed: three each."""
GREY = {"given-up": ["ap-1.ap-1-again", "ap-1.ap-1-merge"], "gate": ["ap-1.ap-1-again"]}


def test_a_good_bead_costs_five_nodes(light: Cluster, light_workers: str) -> None:
    """No node stands for what did not happen, every pod's row names its bead, and a dependent's arrow leaves the last good node."""
    played = play(light, light_workers, {name: STORIES[name] for name in GRAPHS})

    nodes = {name: _nodes(recording.last) for name, recording in played.items()}
    for name, expected in GRAPHS.items():
        own = [each for each in nodes[name] if each.split(".")[0] == "ap-1"]
        assert sorted(expected) == sorted(own)
    for name in GRAPHS:
        grey = [
            path
            for path, each in nodes[name].items()
            if each["type"] == "Skipped" and path.startswith("ap-1")
        ]
        assert sorted(grey) == GREY.get(name, [])
    assert all(
        each["displayName"].startswith(path.split(".")[0])
        for told in nodes.values()
        for path, each in told.items()
        if each["type"] == "Pod"
    )
    assert ["ap-1.ap-1-merge(0)", "ap-2.ap-2-merge(0)"] == _parents(nodes["merged"], "ap-3")


def test_a_bead_that_its_polecat_landed_costs_three(light: Cluster, light_workers: str) -> None:
    """No node is there for a merge that nobody needed, also where an agent resolved a conflict first."""
    nodes = _nodes(play(light, light_workers, {"landed": STORIES["landed"]})["landed"].last)

    assert sorted(LANDED) == sorted(each for each in nodes if each.split(".")[0] in ("ap-1", "ap-2"))
    assert ["ap-1.ap-1-work(0)"] == _parents(nodes, "ap-2")
    assert [] == [path for path, each in nodes.items() if each["type"] == "Skipped"]
    again = "ap-3.ap-3-again"
    assert [f"{again}.ap-3-work", f"{again}.ap-3-work(0)"] == sorted(
        each for each in nodes if each.startswith(f"{again}.")
    )


def _nodes(workflow: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The nodes by name, less the Workflow's."""
    found = workflow["status"]["nodes"].values()
    return {each["name"].partition(".")[2]: each for each in found if "." in each["name"]}


def _parents(nodes: dict[str, dict[str, Any]], path: str) -> list[str]:
    return sorted(name for name, each in nodes.items() if nodes[path]["id"] in each.get("children", ()))
