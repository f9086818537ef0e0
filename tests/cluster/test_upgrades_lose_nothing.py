"""From the previous release to this one in the midst of a convoy: chart, images and definitions out of a registry, Claude Code at work."""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from harness import furnish, releases
from harness.archived import Archived, archived, registry_beside
from harness.convoys import Yard, scripted_bead, writing
from harness.errors import Missing
from harness.processes import until
from harness.releases import Release
from harness.running import WORKFLOWS, Cluster

pytestmark = [pytest.mark.usefixtures("helm"), pytest.mark.last]

COMMITS = 60
"""How far back it begins, where no release has a tag yet."""

WAITS = "if test -e go; then echo 3 > 3.txt; git add 3.txt; git commit -q -m 'Write 3.txt'; fi"
"""Nothing is done before a person pushed what it lacks."""

BEADS = (
    writing(1),
    writing(2, dependsOn=["ap-1"]),
    scripted_bead(3, WAITS),
    writing(4, dependsOn=["ap-2"]),
    writing(5, dependsOn=["ap-3"]),
    writing(6, dependsOn=["ap-4"]),
)


@pytest.fixture
def address(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry with a log-in, beside the node."""
    try:
        with registry_beside(cluster, tmp_path_factory.mktemp("registry") / "data") as found:
            yield found
    except Missing as missing:
        pytest.skip(str(missing))


def _pushed(scratch: pytest.TempPathFactory, address: str, name: str, **checkout: Any) -> Release:
    made = releases.made(scratch.mktemp(name), f"{address}/{name}", **checkout)
    made.push()
    return made


@pytest.fixture
def town(cluster: Cluster, address: str) -> Iterator[Archived]:
    """Namespaces to install in; afterwards the definitions are those of this checkout, whatever happened."""
    with archived(cluster, f"upgrade-{os.getpid()}", address) as made:
        yield made
    furnish.redefine(cluster.site)


def test_a_convoy_goes_on_under_the_next_release(
    town: Archived, address: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What was begun ends as it was begun; what failed is worked anew by the images of the new one; nothing is lost, nothing is done twice."""
    try:
        before = _pushed(
            tmp_path_factory,
            address,
            "before",
            checkout=releases.earlier(tmp_path_factory.mktemp("earlier") / "checkout", commits=COMMITS),
        )
        after = _pushed(tmp_path_factory, address, "after")
    except Missing as missing:
        pytest.skip(str(missing))
    town.helm("install", before, "--take-ownership")
    yard = town.sling(list(BEADS))
    until(lambda: _working(town), "the first agent", seconds=240)

    town.helm("upgrade", after)

    assert "InProgress" == town.phase(), "the convoy had ended before the upgrade had"
    assert "Failed" == town.end(seconds=600)
    assert {"ap-1", "ap-2", "ap-4", "ap-6"} == set(_landed(yard)), town.cluster.mishaps(town.workers)
    yard.commit({"go": "\n"}, "What ap-3 lacked")
    resumed = town.gt(after, "convoy", "resume", "demo")
    assert 0 == resumed.returncode, resumed.stderr
    until(lambda: town.phase() != "Failed", "the second attempt", seconds=120)

    assert "Complete" == town.end(seconds=600), town.cluster.mishaps(town.workers)

    assert dict.fromkeys((f"ap-{number}" for number in range(1, 7)), 1) == _landed(yard)
    assert [f"{number}.txt" for number in range(1, 7)] == yard.show(
        "ls-tree", "--name-only", "main", *(f"{number}.txt" for number in range(1, 7))
    ).split()
    # Each agent ran once, and that of ap-3 again once it could do something.
    assert {"ap-1": 1, "ap-2": 1, "ap-3": 2, "ap-4": 1, "ap-5": 1, "ap-6": 1} == _worked(town)
    assert {"demo-1": {before.image("steps")}, "demo-1-r1": {after.image("steps")}} == _steps(town)


def _working(town: Archived) -> bool:
    return any(
        "-polecat-" in pod["metadata"]["name"] and pod["status"]["phase"] == "Running"
        for pod in town.pods(town.workers)
    )


def _landed(yard: Yard) -> dict[str, int]:
    """How often each bead is on main."""
    told = yard.show("log", "--format=%(trailers:key=Gastown-Bead,valueonly)", "main")
    return dict(Counter(line for line in told.splitlines() if line))


def _nodes(town: Archived) -> dict[str, list[dict[str, Any]]]:
    """The pods' nodes of each Workflow of the convoy."""
    found = town.cluster.kind(WORKFLOWS, "Workflow").get(namespace=town.workers).to_dict()["items"]
    return {
        each["metadata"]["name"]: [node for node in each["status"]["nodes"].values() if node["type"] == "Pod"]
        for each in found
        if each["metadata"]["name"].startswith("demo-")
    }


def _worked(town: Archived) -> dict[str, int]:
    """How many pods of an agent each bead had."""
    names = (node["name"] for nodes in _nodes(town).values() for node in nodes)
    return dict(Counter(name.split(".")[1] for name in names if name.rpartition(".")[2].count("-work")))


def _steps(town: Archived) -> dict[str, set[str]]:
    """The images that each Workflow's steps ran in."""
    found: dict[str, set[str]] = {}
    for pod in town.pods(town.workers):
        workflow = (pod["metadata"].get("labels") or {}).get("workflows.argoproj.io/workflow", "")
        if workflow.startswith("demo-"):
            images = {
                each["image"] for each in pod["spec"]["containers"] if each["name"] in ("git-init", "courier")
            }
            found.setdefault(workflow, set()).update(images)
    return found
