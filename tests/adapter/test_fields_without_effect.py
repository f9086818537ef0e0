"""A field that is accepted and does nothing yet is named in a condition of its object, until it works."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from adapter.convoys.decision import decide
from adapter.convoys.state import ConvoyState
from adapter.polecats import manual
from adapter.refineries.status import status_of
from adapter.rigs.repository import Reach, unknown
from adapter.rigs.status import RigState, rig_status
from crds.unhonoured import UNHONOURED, Unhonoured

Make = Callable[..., Any]

MESSAGE = "spec.agentConfig.model does nothing yet: set it in the agent"
RIG = {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap"}
CONFIG = {"agentConfig": {"model": "opus"}}


@pytest.fixture(autouse=True)
def gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model of an agent and the batch of a queue do nothing here, whatever really does nothing."""
    for row in list(UNHONOURED):
        monkeypatch.delitem(UNHONOURED, row)
    monkeypatch.setitem(UNHONOURED, ("AgentConfig", "model"), Unhonoured("set it in the agent"))
    monkeypatch.setitem(UNHONOURED, ("RefinerySpec", "batch_size"), Unhonoured("one by one", values=(7,)))


def _conditions(status: dict[str, Any]) -> dict[str, str]:
    return {each["type"]: each["message"] for each in status["conditions"] if each["type"] == "NotHonoured"}


def _rig(seen: Make, now: datetime.datetime, **spec: Any) -> dict[str, Any]:
    state = RigState(
        rig=seen("Rig", "ap", RIG | spec).resource,
        namespace="town",
        children=(),
        polecats=(),
        convoys=(),
        stores=(),
        now=now,
        reach=Reach(condition=unknown("Checking", "it is asked"), known=None),
    )
    return rig_status(state)


def _convoy(seen: Make, now: datetime.datetime, **spec: Any) -> dict[str, Any]:
    beads = [{"id": "a", "title": "a"}]
    convoy = seen("Convoy", "c", {"description": "d", "rigRef": "ap", "beads": beads, **spec}).resource
    rig, refinery = seen("Rig", "ap", RIG).resource, seen("Refinery", "r", {"rigRef": "ap"}).resource
    return decide(ConvoyState(convoy=convoy, rig=rig, refinery=refinery, workflows=(), now=now)).status


def _polecat(seen: Make, now: datetime.datetime, **spec: Any) -> dict[str, Any]:
    view = seen("Polecat", "nux", {"rig": "ap", "beadID": "a", "desiredState": "Idle", **spec})
    state = manual.ManualState(seen=view, polecat=view.resource, rig=None, workflows=(), image="", now=now)
    return manual.decide(state).status


@pytest.mark.parametrize("status", [_rig, _convoy, _polecat], ids=["Rig", "Convoy", "Polecat"])
def test_the_object_names_the_field(seen: Make, now: datetime.datetime, status: Make) -> None:
    """By its place in the manifest, with what happens instead; without the field there is no such condition."""
    assert {"NotHonoured": MESSAGE} == _conditions(status(seen, now, **CONFIG))
    assert {} == _conditions(status(seen, now, agentConfig={"image": "agent:1"}))


@pytest.mark.parametrize(
    ("size", "messages"),
    [
        pytest.param(7, {"NotHonoured": "spec.batchSize: 7 does nothing yet: one by one"}, id="that value"),
        pytest.param(6, {}, id="another value"),
    ],
)
def test_a_value_that_does_nothing_is_named(
    seen: Make, now: datetime.datetime, size: int, messages: dict[str, str]
) -> None:
    """Where other values of the field work."""
    refinery = seen("Refinery", "r", {"rigRef": "ap", "batchSize": size}).resource
    assert messages == _conditions(status_of(refinery, (), now=now))


def test_the_mark_goes_when_the_field_works(
    seen: Make, now: datetime.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row is all that has to go."""
    monkeypatch.delitem(UNHONOURED, ("AgentConfig", "model"))
    assert {} == _conditions(_rig(seen, now, **CONFIG))
