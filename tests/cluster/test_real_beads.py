"""Thirty beads that people wrote, as one convoy on real pods: all merged, in order, and readable in Argo's own interface."""

import functools
from typing import Any, NamedTuple

import pytest
from harness import folders
from harness.convoys import Slung, Yard, inline_convoy
from harness.images import AGENT

from crds import Convoy
from workflows.beads import NOT_WORK, Bead, read_beads
from workflows.names import BeadId
from workflows.observe import Stage, observe
from workflows.plan import Plan, plan_convoy

BEADS = folders.PROJECT.parent / "shared" / "data" / "beads-issues.jsonl"
SIZE = 30
WORK = (
    'mkdir -p done && echo "$GASTOWN_BEAD" > "done/$GASTOWN_BEAD" && git add done'
    ' && git commit -qm "Work on $GASTOWN_BEAD"'
)


class Run(NamedTuple):
    """The convoy after its end."""

    slung: Slung
    plan: Plan
    workflow: dict[str, Any]


@functools.cache
def chosen() -> dict[BeadId, Bead]:
    """Beads that depend on each other first, and all as if they were still open."""
    beads = {name: bead for name, bead in read_beads(BEADS).items() if bead.issue_type not in NOT_WORK}
    joined = [bead for bead in beads.values() if set(bead.waits_for) & set(beads)]
    wanted = [name for bead in joined for name in (bead.id, *bead.waits_for)]
    names = [name for name in dict.fromkeys([*wanted, *beads]) if name in beads][:SIZE]
    return {name: beads[name].model_copy(update={"status": "open"}) for name in names}


def convoy_of(beads: dict[BeadId, Bead], rig: str) -> Convoy:
    """The convoy that tracks these beads, worked by an agent that writes one file."""
    agent = {"command": ["sh", "-c", WORK], "image": AGENT}
    tracked = {
        "trackedBeads": list(beads),
        "onOpenDependency": "Ignore",
        "agentConfig": agent,
        "parallelism": 8,
    }
    return inline_convoy("thirty", rigRef=rig, **tracked)


def _thirty(yard: Yard) -> Slung:
    beads = chosen()
    rig = yard.rig({"beadsPrefix": "bd", "settings": {"maxPolecats": 4}})
    return yard.sling(convoy_of(beads, yard.namespace), rig, beads=beads)


@pytest.fixture
def run(slung: Slung) -> Run:
    """The convoy, once it has ended."""
    return Run(slung, plan_convoy(slung.convoy, chosen()), slung.ended(seconds=900))


pytestmark = [
    pytest.mark.skipif(not BEADS.exists(), reason=f"the real beads are not there: {BEADS}"),
    pytest.mark.slings(by=_thirty),
    pytest.mark.last,
]


def test_all_are_merged_in_order(run: Run) -> None:
    """Each bead is in the target once, and after every bead that it depends on."""
    assert "Succeeded" == run.workflow["status"]["phase"]
    assert [Stage.DONE] * SIZE == [bead.stage for bead in observe(run.workflow).beads]
    order = run.slung.yard.show("log", "--reverse", "--format=", "--name-only", "main", "--", "done").split()
    place = {name.removeprefix("done/"): number for number, name in enumerate(order)}
    assert SIZE == len(order) == len(place)
    names = {task.name: task.bead.id for task in run.plan.tasks}
    edges = [(names[need], task.bead.id) for task in run.plan.tasks for need in task.needs]
    assert edges
    assert [] == [(first, then) for first, then in edges if place[first] > place[then]]


def test_argo_shows_the_convoy(run: Run) -> None:
    """What its interface reads: a title and a description, a node a bead under the convoy, named after the bead."""
    annotations = run.workflow["metadata"]["annotations"]
    assert annotations["workflows.argoproj.io/title"].startswith("thirty on ")
    assert annotations["workflows.argoproj.io/description"].startswith(f"0/{SIZE} merged")
    nodes = run.workflow["status"]["nodes"]
    root = next(node for node in nodes.values() if node["name"] == run.workflow["metadata"]["name"])
    under = {node["displayName"] for node in nodes.values() if node.get("boundaryID") == root["id"]}
    assert {task.name for task in run.plan.tasks} == under
    shown = {node["displayName"] for node in nodes.values() if node["type"] == "Retry"}
    names = [task.name for task in run.plan.tasks]
    assert {f"{name}-{step}" for name in names for step in ("work", "merge")} == shown


def test_the_graph_is_the_bead_graph(run: Run) -> None:
    """The edges that Argo draws between beads are the dependencies, no more and no less."""
    (dag,) = [each for each in run.slung.compiled.workflow["spec"]["templates"] if each["name"] == "convoy"]
    drawn = {
        task["name"]: set((task.get("depends") or "").split(" && ")) - {""} for task in dag["dag"]["tasks"]
    }
    assert {task.name: set(task.needs) for task in run.plan.tasks} == drawn
