"""What a convoy's state asks for, as one pure function: which status, which trains, when to look again."""

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

import pytest

from adapter.convoys.decision import Decision, decide
from adapter.convoys.state import ConvoyState
from adapter.objects.views import WorkflowView
from crds import Convoy, ConvoyStatus, Refinery, Rig

Make = Callable[..., Any]


def _bead(name: str, *needs: str) -> dict[str, Any]:
    return {"id": name, "title": name, "dependsOn": list(needs)}


def _convoy(seen: Make, *beads: dict[str, Any], **spec: Any) -> Convoy:
    values = {"description": "d", "rigRef": "ap", "mergeStrategy": "published", "beads": list(beads), **spec}
    found = seen("Convoy", "c", values).resource
    assert isinstance(found, Convoy)
    return found


@pytest.fixture
def state(seen: Make, now: datetime.datetime) -> ConvoyState:
    """A convoy of two beads, the second after the first, on a rig with a refinery; nothing has run."""
    rig = seen("Rig", "ap", {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap"}).resource
    refinery = seen("Refinery", "ap-refinery", {"rigRef": "ap"}).resource
    assert isinstance(rig, Rig)
    assert isinstance(refinery, Refinery)
    convoy = _convoy(seen, _bead("a"), _bead("b", "a"))
    return ConvoyState(convoy=convoy, rig=rig, refinery=refinery, workflows=(), now=now)


def _asked(seen: Make, status: str) -> Rig:
    """The rig, whose repository was asked whether it answers."""
    told = {
        "type": "RepositoryReachable",
        "status": status,
        "reason": "AuthFailed",
        "message": "access is refused",
        "lastTransitionTime": "2026-05-01T11:00:00Z",
    }
    spec = {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap"}
    rig = seen("Rig", "ap", spec, status={"conditions": [told]}).resource
    assert isinstance(rig, Rig)
    return rig


def _written(state: ConvoyState, decision: Decision) -> ConvoyState:
    """The state after the decision's status was written."""
    status = ConvoyStatus.model_validate(decision.status)
    return dataclasses.replace(state, convoy=state.convoy.model_copy(update={"status": status}))


def _edited(state: ConvoyState, *beads: dict[str, Any], **spec: Any) -> ConvoyState:
    """The state after somebody edited the convoy's spec."""
    values = state.convoy.spec.model_dump(by_alias=True, exclude_unset=True) | spec
    if beads:
        values["beads"] = list(beads)
    edited = Convoy.model_validate({"metadata": {"name": "c"}, "spec": values})
    metadata = state.convoy.metadata.model_copy(update={"generation": state.convoy.metadata.generation + 1})
    update = {"spec": edited.spec, "metadata": metadata}
    return dataclasses.replace(state, convoy=state.convoy.model_copy(update=update))


def _with(state: ConvoyState, *workflows: WorkflowView) -> ConvoyState:
    return dataclasses.replace(state, workflows=workflows)


def _trains(decision: Decision) -> dict[str, list[str]]:
    return {train["workflow"]: train["beads"] for train in decision.status.get("trains", [])}


def _condition(decision: Decision, kind: str) -> tuple[str, str]:
    return next(
        (each["status"], each["reason"]) for each in decision.status["conditions"] if each["type"] == kind
    )


def test_a_repository_that_does_not_answer_is_waited_for(state: ConvoyState, seen: Make) -> None:
    """Nothing is submitted in vain, and each bead says which rig it waits for; what is not known holds up nothing."""
    unknown = decide(dataclasses.replace(state, rig=_asked(seen, "Unknown")))
    has_finalizer = decide(dataclasses.replace(state, rig=_asked(seen, "False")))
    assert (1, 0) == (len(unknown.submit), len(has_finalizer.submit))
    told = {each["reason"] for each in has_finalizer.status["waiting"]}
    assert {"rig ap: access is refused; work starts when it answers"} == told
    assert ("False", "RepositoryUnreachable") == _condition(has_finalizer, "Ready")


def test_the_plan_is_announced_with_what_is_submitted(state: ConvoyState) -> None:
    """One train of both beads, to be submitted now; and the second decision, after a crash, is the same."""
    first = decide(state)
    assert {"c-1": ["a", "b"]} == _trains(first)
    again = decide(_written(state, first))
    assert ([0], [0]) == ([each.index for each in first.submit], [each.index for each in again.submit])
    assert first.status == again.status


def test_a_submitted_convoy_needs_no_plan(state: ConvoyState, seen_workflow: Make) -> None:
    """While it runs, a look costs no planning."""
    running = _with(
        _written(state, decide(state)), seen_workflow("c-1", {"a": "Running", "b": ""}, owner="Convoy/c")
    )
    once = decide(running)
    twice = decide(_written(running, once))
    assert (None, ()) == (twice.plan, twice.submit)
    assert once.status == twice.status
    assert {"working": 1, "waiting": 1, "merging": 0, "done": 0, "failed": 0} == once.status["phases"]


def test_added_beads_get_a_train_of_their_own(state: ConvoyState, seen_workflow: Make) -> None:
    """What was submitted keeps its Workflow; the new bead waits for the train of what it needs."""
    running = _with(
        _written(state, decide(state)), seen_workflow("c-1", {"a": "Running", "b": ""}, owner="Convoy/c")
    )
    grown = decide(_edited(running, _bead("a"), _bead("b", "a"), _bead("c", "b")))
    assert {"c-1": ["a", "b"], "c-2": ["c"]} == _trains(grown)
    assert () == grown.submit
    ended = seen_workflow("c-1", {"a": "Succeeded", "b": "Succeeded"}, owner="Convoy/c")
    later = decide(
        _with(_written(_edited(running, _bead("a"), _bead("b", "a"), _bead("c", "b")), grown), ended)
    )
    assert [["c"]] == [[task.name for task in train.tasks] for train in later.submit]


def test_what_cannot_run_any_more_is_passed_over(state: ConvoyState, seen_workflow: Make) -> None:
    """A train whose only bead needs one that failed is not submitted, and the convoy ends as Failed."""
    running = _with(
        _written(state, decide(state)), seen_workflow("c-1", {"a": "Running", "b": ""}, owner="Convoy/c")
    )
    grown = _edited(running, _bead("a"), _bead("b", "a"), _bead("c", "b"))
    announced = _written(grown, decide(grown))
    ended = _with(announced, seen_workflow("c-1", {"a": "Succeeded", "b": "Failed"}, owner="Convoy/c"))
    decision = decide(ended)
    assert ("Failed", ["b", "c"], ()) == (
        decision.status["phase"],
        decision.status["failedBeads"],
        decision.submit,
    )
    assert decide(_written(ended, decision)).status == decision.status


def test_a_new_attempt_leaves_out_what_is_done(state: ConvoyState, seen_workflow: Make) -> None:
    """Even when the Workflow that did it is gone; and it waits until the attempt before it has ended."""
    failed = seen_workflow("c-1", {"a": "Succeeded", "b": "Failed"}, owner="Convoy/c")
    over = _with(_written(state, decide(state)), failed)
    over = _written(over, decide(over))
    again = _edited(over, attempt=1)
    assert {"c-1-r1": ["b"]} == _trains(decide(again))
    assert {"c-1-r1": ["b"]} == _trains(decide(_with(again)))
    running = _with(over, seen_workflow("c-1", {"a": "Succeeded", "b": "Running"}, owner="Convoy/c"))
    has_finalizer = decide(_edited(running, attempt=1))
    assert ((), ("False", "WaitsForEnd")) == (has_finalizer.submit, _condition(has_finalizer, "Retrying"))


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        pytest.param(
            {"suspend": True}, "the convoy is suspended; set spec.suspend to false to go on", id="suspend"
        ),
        pytest.param({"stop": True}, "the convoy was stopped", id="stop"),
    ],
)
def test_nothing_starts_that_shall_not(state: ConvoyState, spec: dict[str, Any], reason: str) -> None:
    """And each bead that waits for it says so."""
    decision = decide(_edited(state, **spec))
    assert () == decision.submit
    assert {reason} == {each["reason"] for each in decision.status["waiting"]}


def test_without_a_rig_the_convoy_says_so(state: ConvoyState) -> None:
    """In a condition and at each bead."""
    decision = decide(dataclasses.replace(state, rig=None, refinery=None))
    assert ("False", "RigNotFound") == _condition(decision, "Ready")
    assert ["a", "b"] == [each["bead"] for each in decision.status["waiting"]]


def test_later_trains_get_what_is_left_of_the_deadline(state: ConvoyState, seen_workflow: Make) -> None:
    """A convoy of an hour that began fifty minutes ago has ten left, and is looked at again when they are over."""
    state = _edited(state, deadline="1h")
    running = _with(
        _written(state, decide(state)), seen_workflow("c-1", {"a": "Running", "b": ""}, owner="Convoy/c")
    )
    decision = decide(running)
    assert ("600s", 600.0) == (decision.convoy.spec.deadline, decision.requeue_after)
    late = dataclasses.replace(running, now=running.now + datetime.timedelta(hours=1))
    grown = decide(_edited(late, _bead("a"), _bead("b", "a"), _bead("c")))
    assert () == grown.submit
    assert "the deadline of 1h has passed" in [each["reason"] for each in grown.status["waiting"]]


def test_nodes_out_of_reach_change_nothing_but_a_condition(state: ConvoyState, seen_workflow: Make) -> None:
    """What was known is not taken back."""
    running = _with(
        _written(state, decide(state)),
        seen_workflow("c-1", {"a": "Succeeded", "b": "Running"}, owner="Convoy/c"),
    )
    known = _written(running, decide(running))
    view = known.workflows[0]
    hidden = dataclasses.replace(view.observation, known=False, beads=())
    decision = decide(_with(known, dataclasses.replace(view, observation=hidden)))
    assert (["a"], "1/2") == (decision.status["completedBeads"], decision.status["progress"])
    assert ("False", "NodesOffloaded") == _condition(decision, "Ready")
