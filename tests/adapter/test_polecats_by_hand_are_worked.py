"""A Polecat that a person makes, by the whole adapter: its `desiredState` starts, stops and keeps one Workflow at a time."""

from typing import Any

from playtown import MERGED, WORKING, Bead, Town, condition
from playtown.argo import SHA

KUBERNETES = {
    "gitRepository": "https://git.test/town.git",
    "gitBranch": "main",
    "workBranch": "feature/gt-42",
    "gitSecretRef": {"name": "git-creds"},
    "claudeCredsSecretRef": {"name": "claude-creds"},
}
OURS = "gastown.gastown.io/recorded"
PUBLISHED = Bead(work="Succeeded")


def _make(town: Town, state: str, **spec: Any) -> None:
    values = {
        "rig": "ap",
        "desiredState": state,
        "beadID": "gt-42",
        "taskDescription": "Fix it",
        "kubernetes": KUBERNETES,
    }
    town.make(
        "Polecat", "worker", {key: value for key, value in {**values, **spec}.items() if value is not None}
    )


def _want(town: Town, state: str) -> None:
    town.patch("Polecat", "worker", {"spec": {"desiredState": state}})


async def _phase(town: Town, phase: str) -> None:
    await town.until(phase, lambda: town.status("Polecat", "worker").get("phase") == phase)


async def test_it_works_and_stays_done(town: Town) -> None:
    """With its branch and commit; that its Workflow goes away afterwards does not run it again."""
    _make(town, "Working")
    workflow = await town.workflow("polecat-worker-1")
    assert ([OURS], "Polecat") == (
        workflow["metadata"]["finalizers"],
        workflow["metadata"]["ownerReferences"][0]["kind"],
    )
    assert (
        '"branch":"feature/gt-42"'
        in town.get("ConfigMap", "polecat-worker-1-tasks-0")["data"]["task.gt-42.json"]
    )
    town.show("polecat-worker-1", gt_42=WORKING)
    await _phase(town, "Working")
    town.show("polecat-worker-1", gt_42=PUBLISHED)
    town.end("polecat-worker-1")
    await _phase(town, "Done")
    await town.until(
        "the release", lambda: not town.get("Workflow", "polecat-worker-1")["metadata"].get("finalizers")
    )
    town.delete("Workflow", "polecat-worker-1")
    await town.rest(400)
    assert ("Done", SHA, []) == (
        town.status("Polecat", "worker")["phase"],
        town.status("Polecat", "worker")["commit"],
        town.all("Workflow"),
    )


async def test_its_desired_state_is_honoured(town: Town) -> None:
    """Idle waits; Working works; Idle again stops it; Working once more is a new attempt; Terminated ends it for good."""
    _make(town, "Idle")
    await _phase(town, "Idle")
    assert [] == town.all("Workflow")
    _want(town, "Working")
    await town.workflow("polecat-worker-1")
    town.show("polecat-worker-1", gt_42=WORKING)
    await _phase(town, "Working")
    _want(town, "Idle")
    await town.until(
        "the stop", lambda: town.get("Workflow", "polecat-worker-1")["spec"].get("shutdown") == "Stop"
    )
    town.show("polecat-worker-1", gt_42=Bead(work="Failed"))
    town.end("polecat-worker-1", "Failed")
    await _phase(town, "Idle")
    _want(town, "Working")
    await town.workflow("polecat-worker-1-r1")
    town.show("polecat-worker-1-r1", gt_42=WORKING)
    await _phase(town, "Working")
    _want(town, "Terminated")
    await town.until(
        "the stop", lambda: town.get("Workflow", "polecat-worker-1-r1")["spec"].get("shutdown") == "Stop"
    )
    town.show("polecat-worker-1-r1", gt_42=Bead(work="Failed"))
    town.end("polecat-worker-1-r1", "Failed")
    await _phase(town, "Terminated")
    await town.until(
        "the release", lambda: not town.get("Workflow", "polecat-worker-1-r1")["metadata"].get("finalizers")
    )


async def test_without_rig_and_repository_it_says_so(town: Town) -> None:
    """And works as soon as there is a rig, whose refinery merges what it publishes."""
    _make(town, "Working", kubernetes=None, beadID=None)
    await town.until(
        "the refusal",
        lambda: condition(town.status("Polecat", "worker"), "Ready") == ("False", "RigNotFound"),
    )
    town.rig()
    await town.workflow("polecat-worker-1")
    town.show("polecat-worker-1", worker=MERGED)
    town.end("polecat-worker-1")
    await town.until(
        "the merge",
        lambda: condition(town.status("Polecat", "worker"), "Merged") == ("True", "MergeComplete"),
    )


async def test_it_is_deleted_in_its_time(town: Town) -> None:
    """So many seconds after its end as `ttlSecondsAfterFinished` says, and no earlier."""
    _make(town, "Working", ttlSecondsAfterFinished=600)
    await town.workflow("polecat-worker-1")
    town.show("polecat-worker-1", gt_42=PUBLISHED)
    town.end("polecat-worker-1")
    await _phase(town, "Done")
    await town.rest(500)
    assert town.get("Polecat", "worker")
    await town.rest(200)
    assert not town.get("Polecat", "worker")


async def test_its_workflow_went_away_under_it(town: Town) -> None:
    """It counts as terminated, and is not run again by itself."""
    _make(town, "Working")
    await town.workflow("polecat-worker-1")
    town.show("polecat-worker-1", gt_42=WORKING)
    await _phase(town, "Working")
    town.delete("Workflow", "polecat-worker-1")
    await _phase(town, "Terminated")
    await town.rest(400)
    assert ("Stopped", []) == (town.status("Polecat", "worker")["reason"], town.all("Workflow"))


async def test_what_stands_in_its_way_is_named(town: Town) -> None:
    """A stranger's Workflow has the name; an agent that nobody knows; a polecat for somebody's own machine."""
    town.make("Workflow", "polecat-worker-1", {"suspend": True})
    _make(town, "Working")

    def ready() -> str:
        return condition(town.status("Polecat", "worker"), "Ready")[1]

    await town.until("the stranger", lambda: ready() == "NameTaken")
    town.patch("Polecat", "worker", {"spec": {"agent": "nobody"}})
    await town.until("the agent", lambda: ready() == "AgentRefused")
    town.patch("Polecat", "worker", {"spec": {"agent": "claude-code", "executionMode": "local"}})
    await town.until("the machine", lambda: ready() == "LocalMode")


async def test_terminated_before_it_began_it_never_begins(town: Town) -> None:
    """Nothing is made for it."""
    _make(town, "Terminated")
    await _phase(town, "Terminated")
    assert [] == town.all("Workflow")
