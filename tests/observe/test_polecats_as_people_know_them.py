"""Phases, conditions and reasons of gastown-operator v0.4, so that scripts which wait for them still work."""

import pytest

from workflows.observe import polecat_of


def _working(told):
    return told.began("a").node("a.a-work", "Running", kind="Retry").node("a.a-work(0)", "Running")


def _stuck(told):
    told.node("a", "Failed", kind="DAG").node("a.a-work", "Failed", kind="Retry")
    return told.node("a.a-work(0)", "Failed", "main: Error (exit code 11): which colour?", code=11)


def _stopped(told):
    told.node("a", "Failed", kind="DAG")
    return told.node("a.a-work(0)", "Failed", "Stopped with strategy 'Terminate'").node(
        "a.a-work", "Failed", kind="Retry"
    )


STATES = {
    "idle": (
        lambda told: told,
        "Idle",
        {"Ready": "PodPending", "Available": "Idle", "Working": "Idle"},
        {"Ready"},
    ),
    "working": (
        _working,
        "Working",
        {"Ready": "PodRunning", "Available": "NotReady", "Working": "Working"},
        {"Ready", "Working", "Progressing"},
    ),
    "published": (
        lambda told: told.began("a").worked("a"),
        "Done",
        {"Ready": "PodSucceeded", "Available": "WorkComplete", "Merged": "Queued"},
        {"Ready", "Available"},
    ),
    "merged": (
        lambda told: told.done("a"),
        "Done",
        {"Ready": "PodSucceeded", "Available": "WorkComplete", "Merged": "MergeComplete"},
        {"Ready", "Available", "Merged"},
    ),
    "stuck": (
        _stuck,
        "Stuck",
        {"Ready": "PodFailed", "Available": "Failed", "Degraded": "Escalated"},
        {"Degraded"},
    ),
    "stopped": (_stopped, "Terminated", {"Ready": "PodFailed", "Degraded": "Stopped"}, {"Degraded"}),
}


@pytest.mark.parametrize(("told", "phase", "reasons", "holding"), STATES.values(), ids=STATES.keys())
def test_phase_and_conditions(story, convoy, rig, told, phase, reasons, holding):
    """All six conditions are always there, so nobody waits for one that never comes."""
    observation = told(story({"a": []})).observe()

    polecat = polecat_of(
        "furiosa-a", observation.beads[0], observation=observation, convoy=convoy("a"), rig=rig
    )

    conditions = {each.type: each for each in polecat.status.conditions}
    assert phase == polecat.status.phase
    assert ["Available", "Degraded", "Merged", "Progressing", "Ready", "Working"] == list(conditions)
    assert holding == {name for name, each in conditions.items() if each.status == "True"}
    assert reasons == {name: conditions[name].reason for name in reasons}


def test_who_worked_on_what(story, convoy, rig):
    """Labels to select by, and the way to its pod."""
    observation = story({"a": []}).done("a").observe()

    polecat = polecat_of(
        "furiosa-a", observation.beads[0], observation=observation, convoy=convoy("a"), rig=rig
    )

    assert {
        "gastown.io/rig": "app",
        "gastown.io/bead": "a",
        "gastown.io/polecat": "furiosa-a",
        "gastown.io/convoy": "c",
    } == polecat.metadata.labels
    assert ("c-1", "c-1.a.a-merge(0)", "did it") == (
        polecat.status.workflow,
        polecat.status.node,
        polecat.status.summary,
    )
    assert ("claude-code", "f" * 40) == (polecat.status.agent, polecat.status.merged_commit)


@pytest.mark.parametrize(
    ("told", "base"),
    [("e" * 40, "e" * 40), ("main", ""), ("release/" + "x" * 200, "")],
    ids=["commit", "branch", "long"],
)
def test_the_base_is_a_commit(story, convoy, rig, told, base):
    """A step that tells the branch instead, which may have 244 characters, is not taken at its word."""
    observation = story({"a": []}).began("a").worked("a", base=told).observe()

    polecat = polecat_of(
        "furiosa-a", observation.beads[0], observation=observation, convoy=convoy("a"), rig=rig
    )

    assert base == polecat.status.base


def test_its_time_runs_on_through_the_merge(story, convoy, rig):
    """A bead that was merged at seven minutes must not end at the five that its agent took: people watched the clock."""
    told = story({"a": []}).done("a")
    for node in told.manifest["status"]["nodes"].values():
        if not node["name"].partition("a-work")[1]:
            node["finishedAt"] = "2026-03-01T10:07:00Z"
    [bead] = (seen := told.observe()).beads
    status = polecat_of("nux", bead, observation=seen, convoy=convoy("a"), rig=rig).status
    assert (5, 7) == (status.finished_at.minute, status.last_activity.minute)
