"""A Polecat made by hand: what its desired state asks for in each situation."""

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

import pytest

from adapter.objects.views import PolecatView
from adapter.polecats.manual import ManualState, decide
from adapter.polecats.translation import as_convoy, as_rig, convoy_name
from crds import Polecat

Make = Callable[..., Any]

KUBERNETES = {"gitRepository": "https://git.test/a.git", "workBranch": "feature/x", "image": "agent:2"}


def _state(seen: Make, now: datetime.datetime, desired: str, *workflows: Any, **status: Any) -> ManualState:
    spec = {"rig": "ap", "desiredState": desired, "taskDescription": "Do it\nwell", "kubernetes": KUBERNETES}
    view = seen("Polecat", "worker", spec, status=status)
    assert isinstance(view, PolecatView)
    assert isinstance(view.resource, Polecat)
    return ManualState(seen=view, polecat=view.resource, rig=None, workflows=workflows, image="", now=now)


def _workflow(seen_workflow: Make, phase: str, **more: Any) -> Any:
    return seen_workflow("polecat-worker-1", {"worker": phase}, owner="Polecat/worker", **more)


def test_working_begins_an_attempt(seen: Make, now: datetime.datetime) -> None:
    """The first one; Idle and Terminated begin none."""
    found = {desired: decide(_state(seen, now, desired)) for desired in ("Working", "Idle", "Terminated")}
    assert {"Working": 0, "Idle": None, "Terminated": None} == {
        desired: decision.attempt for desired, decision in found.items()
    }
    assert "Terminated" == found["Terminated"].status["phase"]


@pytest.mark.parametrize("phase", ["Done", "Stuck", "Terminated"])
def test_what_has_ended_is_not_run_again(seen: Make, now: datetime.datetime, phase: str) -> None:
    """Its Workflow and its pod are gone; the status stays as it is."""
    state = _state(seen, now, "Working", phase=phase, workflow="polecat-worker-1", commit="abc")
    decision = decide(state)
    assert (None, phase, "abc") == (decision.attempt, decision.status["phase"], decision.status["commit"])


def test_a_workflow_that_went_away_under_it_ends_it(seen: Make, now: datetime.datetime) -> None:
    """It says what happened, and does not start anew by itself."""
    decision = decide(_state(seen, now, "Working", phase="Working", workflow="polecat-worker-1"))
    assert (None, "Terminated", "Stopped") == (
        decision.attempt,
        decision.status["phase"],
        decision.status["reason"],
    )


def test_idle_stops_first_and_parts_then(seen: Make, seen_workflow: Make, now: datetime.datetime) -> None:
    """While it runs it is told to stop; once it has ended the Polecat is done with it, and Working begins another."""
    running = decide(_state(seen, now, "Idle", _workflow(seen_workflow, "Running")))
    assert ["Stop"] == [change.patch["spec"]["shutdown"] for change in running.after]
    over = _workflow(seen_workflow, "Failed")
    parted = decide(_state(seen, now, "Idle", over, phase="Stuck", workflow="polecat-worker-1", branch="b"))
    assert (1, "Idle", "b") == (len(parted.before), parted.status["phase"], parted.status["branch"])
    assert "workflow" not in parted.status
    detached = dataclasses.replace(over, detached=True)
    assert 1 == decide(_state(seen, now, "Working", detached)).attempt


def test_what_kubernetes_says_goes_before_the_rig(seen: Make, now: datetime.datetime) -> None:
    """Repository, branch, image and time of gastown-operator's fields."""
    polecat = _state(seen, now, "Working").polecat
    convoy, rig = as_convoy(polecat, None, attempt=0), as_rig(polecat, None)
    assert rig is not None
    assert convoy.spec.agent_config is not None
    assert ("https://git.test/a.git", "agent:2", "3600s", "Do it") == (
        rig.spec.git_url,
        convoy.spec.agent_config.image,
        convoy.spec.deadline,
        convoy.spec.beads[0].title,
    )


def test_an_agent_under_kubernetes_goes_before_the_one_above(seen: Make) -> None:
    """`spec.kubernetes.agent` and `agentConfig` are what some manifests name it by."""
    kubernetes = KUBERNETES | {"agent": "codex", "agentConfig": {"model": "large"}}
    spec = {
        "rig": "ap",
        "taskDescription": "Do it",
        "agentConfig": {"model": "small"},
        "kubernetes": kubernetes,
    }
    convoy = as_convoy(seen("Polecat", "worker", spec).resource, None, attempt=0)
    assert convoy.spec.agent_config is not None
    assert ("codex", "large", "agent:2") == (
        convoy.spec.agent,
        convoy.spec.agent_config.model,
        convoy.spec.agent_config.image,
    )


def test_its_patience_goes_with_the_rigs_agent(seen: Make, now: datetime.datetime) -> None:
    """`maxIdleSeconds` and an image add to what the rig says of its agent, and take nothing from it."""
    polecat = _state(seen, now, "Working").polecat
    patient = polecat.model_copy(update={"spec": polecat.spec.model_copy(update={"max_idle_seconds": 90})})
    spec = {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap", "agentConfig": {"model": "large"}}
    config = as_convoy(patient, seen("Rig", "ap", spec).resource, attempt=0).spec.agent_config
    assert config is not None
    assert ("large", "agent:2", 90) == (config.model, config.image, config.max_idle_seconds)


def test_it_waits_for_the_refinery(seen: Make, now: datetime.datetime) -> None:
    """On a rig it is merged like any bead, so it does not start while nothing could tell how."""
    rig = seen("Rig", "ap", {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap"}).resource
    state = dataclasses.replace(_state(seen, now, "Working"), rig=rig)
    early = decide(dataclasses.replace(state, refinery=False))
    assert (None, 0) == (early.attempt, decide(state).attempt)


def test_names_fit_and_differ() -> None:
    """However long a Polecat's name is, and whatever dots it has."""
    names = ["worker", "work.er", "work-er", "w" * 253, "w" * 252 + "x"]
    found = [convoy_name(name) for name in names]
    assert (len(set(found)), True) == (len(names), all(len(each) <= 50 for each in found))
