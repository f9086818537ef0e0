"""Tracked beads of a convoy: from the bead stores of its rig, as they were when the convoy was compiled."""

import dataclasses
import datetime
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from adapter.convoys.decision import Decision, decide
from adapter.convoys.sources import Source
from adapter.convoys.state import ConvoyState
from crds import BeadStore, Convoy, ConvoyStatus, Refinery, Rig
from workflows.beads import Bead, Dependency
from workflows.names import BeadId

Make = Callable[..., Any]


def _bead(name: str, *needs: str, **more: Any) -> Bead:
    edges = tuple(Dependency(depends_on_id=BeadId(need)) for need in needs)
    return Bead(id=BeadId(name), title=f"Do {name}", dependencies=edges, **more)


@pytest.fixture
def state(seen: Make, now: datetime.datetime) -> ConvoyState:
    """A convoy that tracks a and b of a rig that has no bead store."""
    rig = seen("Rig", "ap", {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap"}).resource
    refinery = seen("Refinery", "ap-refinery", {"rigRef": "ap"}).resource
    assert isinstance(rig, Rig)
    assert isinstance(refinery, Refinery)
    values = {"description": "d", "rigRef": "ap", "mergeStrategy": "published", "trackedBeads": ["a", "b"]}
    convoy = seen("Convoy", "c", values).resource
    assert isinstance(convoy, Convoy)
    return ConvoyState(convoy=convoy, rig=rig, refinery=refinery, workflows=(), now=now)


@pytest.fixture
def source(seen: Make) -> Callable[..., Source]:
    """Makes a bead store that holds these beads; without any, one that was not read yet."""

    def made(*beads: Bead, name: str = "ap", status: Mapping[str, Any] | None = None) -> Source:
        found = seen("BeadStore", name, {"rigRef": "ap", "prefix": "ap-"}, status=dict(status or {})).resource
        assert isinstance(found, BeadStore)
        return Source(store=found, beads={bead.id: bead for bead in beads} or None)

    return made


def _with(state: ConvoyState, *sources: Source, **more: Any) -> ConvoyState:
    return dataclasses.replace(state, sources=sources, **more)


def _written(state: ConvoyState, decision: Decision) -> ConvoyState:
    status = ConvoyStatus.model_validate(decision.status)
    return dataclasses.replace(state, convoy=state.convoy.model_copy(update={"status": status}))


def _problem(decision: Decision) -> tuple[str, str]:
    (ready,) = [each for each in decision.status["conditions"] if each["type"] == "Ready"]
    return ready["reason"], ready["message"]


def _submitted(decision: Decision) -> dict[str, list[str]]:
    return {task.bead.id: list(task.needs) for train in decision.submit for task in train.tasks}


def test_dependencies_and_texts_come_from_the_store(
    state: ConvoyState, source: Callable[..., Source]
) -> None:
    """The second after the first, with the title that the store has."""
    decision = decide(_with(state, source(_bead("a"), _bead("b", "a"), _bead("c"))))
    assert {"a": [], "b": ["a"]} == _submitted(decision)
    assert ["Do a", "Do b"] == [task.bead.title for task in decision.submit[0].tasks]


def test_without_a_store_it_says_what_to_make(state: ConvoyState) -> None:
    """And nothing is submitted; beads that the convoy carries itself need no store."""
    decision = decide(state)
    assert ("BeadStoreNotFound", ()) == (_problem(decision)[0], decision.submit)
    assert "make one with rigRef ap" in _problem(decision)[1]
    spec = {"description": "d", "rigRef": "ap", "beads": [{"id": "a", "title": "t"}]}
    inline = Convoy.model_validate({"metadata": {"name": "c"}, "spec": spec})
    assert {"a": []} == _submitted(decide(dataclasses.replace(state, convoy=inline)))


def test_it_waits_for_a_store_that_was_not_read_yet(
    state: ConvoyState, source: Callable[..., Source]
) -> None:
    """Each waiting bead says which; where the read failed, with its words."""
    first = decide(_with(state, source()))
    assert (
        "BeadStoreNotSynced",
        "waits for bead store town/ap, which is being read for the first time",
    ) == _problem(first)
    assert {_problem(first)[1]} == {each["reason"] for each in first.status["waiting"]}
    failed = {
        "type": "Synced",
        "status": "False",
        "reason": "SyncFailed",
        "message": "access to git.test is refused",
        "lastTransitionTime": "2026-05-01T11:00:00Z",
    }
    decision = decide(_with(state, source(status={"conditions": [failed]})))
    assert (
        "waits for bead store town/ap, which can't be read: access to git.test is refused"
        == _problem(decision)[1]
    )


def test_a_bead_that_nobody_knows_is_named_with_its_store(
    state: ConvoyState, source: Callable[..., Source]
) -> None:
    """With the commit that was looked at, and when the next look is."""
    decision = decide(_with(state, source(_bead("a"), status={"commit": "c" * 40})))
    reason, words = _problem(decision)
    assert ("BeadsUnknown", ()) == (reason, decision.submit)
    assert words.startswith("bead b: not in bead store town/ap, which holds 1 beads at cccccccccccc; ")
    assert words.endswith("read within 5m")


def test_what_runs_stays_as_it_was_compiled(
    state: ConvoyState, source: Callable[..., Source], seen_workflow: Make
) -> None:
    """Edited, closed or removed in the store meanwhile: the convoy goes on with the same beads, and later trains are planned."""
    begun = _written(state, decide(_with(state, source(_bead("a"), _bead("b", "a")))))
    running = seen_workflow("c-1", {"a": "Running", "b": ""}, owner="Convoy/c")
    spec = state.convoy.spec.model_copy(update={"tracked_beads": ("a", "b", "x")})
    metadata = state.convoy.metadata.model_copy(update={"generation": 2})
    grown = begun.convoy.model_copy(update={"spec": spec, "metadata": metadata})
    changed = source(_bead("b", "x", status="closed"), _bead("x", "a"))
    decision = decide(_with(begun, changed, convoy=grown, workflows=(running,)))
    assert {"c-1": ["a", "b"], "c-2": ["x"]} == {
        train["workflow"]: train["beads"] for train in decision.status["trains"]
    }
    ended = seen_workflow("c-1", {"a": "Succeeded", "b": "Succeeded"}, owner="Convoy/c")
    later = decide(
        _with(_written(_with(begun, changed, convoy=grown), decision), changed, workflows=(ended,))
    )
    assert {"x": []} == _submitted(later)


def test_what_is_closed_in_the_store_is_done(state: ConvoyState, source: Callable[..., Source]) -> None:
    """One of two is left; with both closed the convoy is Complete, and stays so."""
    half = decide(_with(state, source(_bead("a", status="closed"), _bead("b", "a"))))
    assert ({"b": []}, ["a"]) == (_submitted(half), half.status["completedBeads"])
    closed = source(_bead("a", status="closed"), _bead("b", status="closed"))
    whole = decide(_with(state, closed))
    assert ("Complete", "2/2", ()) == (whole.status["phase"], whole.status["progress"], whole.submit)
    again = decide(_with(_written(_with(state, closed), whole), source()))
    assert whole.status == again.status


def test_what_another_convoy_merged_is_done_as_well(
    state: ConvoyState, source: Callable[..., Source]
) -> None:
    """A store that nobody writes to still calls it open."""
    needs = source(_bead("a", "m"), _bead("b"), _bead("m"))
    assert "BeadRefused" == _problem(decide(_with(state, needs)))[0]
    assert {"a": [], "b": []} == _submitted(decide(_with(state, needs, merged=frozenset({"m"}))))
