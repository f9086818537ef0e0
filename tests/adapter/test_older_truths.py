"""Whatever order the versions of a Workflow arrive in, twice or never: no older truth is written over a newer one."""

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from adapter.cache.cache import Cache
from adapter.convoys.decision import decide
from adapter.convoys.state import ConvoyState
from adapter.objects.keys import Key
from adapter.objects.reading import view
from adapter.objects.views import WorkflowView
from crds import Convoy, ConvoyStatus, Manifest, Refinery, Rig

BEADS = ("a", "b", "c")
PHASES = ("", "Running", "Succeeded")
WORKFLOW = Key("Workflow", "town", "c-1")


class Sight(RuleBasedStateMachine):
    """A Workflow that grows, and an adapter that sees some of it: by a watch that lags, repeats and skips, by lists, after restarts."""

    make: Callable[..., Manifest]
    begin: ConvoyState

    def __init__(self) -> None:
        super().__init__()
        self.phases = dict.fromkeys(BEADS, 0)
        self.history: list[Manifest] = []
        self.cache = Cache()
        self.newest = 0
        self.state = self.begin
        self.merged: set[str] = set()

    @initialize()
    def announce(self) -> None:
        """The plan is written before its Workflow is made."""
        self._write()
        self.grow("a")

    @rule(bead=st.sampled_from(BEADS))
    def grow(self, bead: str) -> None:
        """Argo's controller writes a version."""
        self.phases[bead] = min(self.phases[bead] + 1, len(PHASES) - 1)
        phases = {name: PHASES[number] for name, number in self.phases.items()}
        self.history.append(self.make("c-1", phases, owner="Convoy/c"))

    @rule(data=st.data())
    def see(self, data: st.DataObject) -> None:
        """Any version that ever was arrives, by whatever way."""
        seen = view("Workflow", data.draw(st.sampled_from(self.history)))
        self.newest = max(self.newest, seen.version)
        self.cache.put(seen)

    @rule(data=st.data())
    def replace_with(self, data: st.DataObject) -> None:
        """argo-server gives the nodes of a version, maybe of one that is over by now."""
        seen = view("Workflow", data.draw(st.sampled_from(self.history)))
        if self.cache.replace_with(seen):
            self.newest = max(self.newest, seen.version)

    @rule()
    def list_anew(self) -> None:
        """A comparison brings the newest."""
        seen = view("Workflow", self.history[-1])
        self.newest = seen.version
        self.cache.put(seen)

    @rule()
    def restart(self) -> None:
        """The adapter dies; the next one lists, and has what stands in the status."""
        self.cache = Cache()
        self.list_anew()

    @rule()
    def decide_and_write(self) -> None:
        """A worker looks at the convoy and writes what it finds."""
        self._write()

    @invariant()
    def the_newest_is_held(self) -> None:
        """Of all that arrived."""
        has_finalizer = self.cache.get(WORKFLOW)
        assert self.newest == (has_finalizer.version if has_finalizer else 0)

    @invariant()
    def what_is_done_stays_done(self) -> None:
        """In the status that stands in the cluster."""
        done = set(self.state.convoy.status.completed_beads)
        assert self.merged <= done
        self.merged = done

    def _write(self) -> None:
        has_finalizer = self.cache.find(WORKFLOW, WorkflowView)
        state = dataclasses.replace(self.state, workflows=(has_finalizer,) if has_finalizer else ())
        status = ConvoyStatus.model_validate(decide(state).status)
        convoy = state.convoy.model_copy(update={"status": status})
        self.state = dataclasses.replace(self.state, convoy=convoy)
        again = decide(dataclasses.replace(state, convoy=convoy)).status
        assert status == ConvoyStatus.model_validate(again)


def test_no_older_truth_over_a_newer_one(
    seen: Callable[..., Any], make_workflow: Callable[..., Manifest], now: datetime.datetime
) -> None:
    """The newest version that arrived is held, what is done stays done, and writing twice says the same."""
    rig = seen("Rig", "ap", {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap"}).resource
    refinery = seen("Refinery", "ap-refinery", {"rigRef": "ap"}).resource
    beads = [{"id": name, "title": name} for name in BEADS]
    spec = {"description": "d", "rigRef": "ap", "mergeStrategy": "published", "beads": beads}
    convoy = seen("Convoy", "c", spec).resource
    assert isinstance(rig, Rig)
    assert isinstance(refinery, Refinery)
    assert isinstance(convoy, Convoy)
    begin = ConvoyState(convoy=convoy, rig=rig, refinery=refinery, workflows=(), now=now)
    machine = type("Seen", (Sight,), {"make": staticmethod(make_workflow), "begin": begin})
    run_state_machine_as_test(
        machine,
        settings=settings(
            deadline=None, max_examples=25, stateful_step_count=25, suppress_health_check=list(HealthCheck)
        ),
    )
