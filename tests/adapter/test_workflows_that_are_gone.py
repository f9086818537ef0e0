"""A Workflow that was deleted after its end: its convoy and its polecats stay as they were."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from adapter.argo.gone import rebuilt
from crds import Convoy, PolecatStatus, Rig
from crds import Train as TrainStatus
from workflows.names import PolecatName
from workflows.observe import Observation, convoy_status, polecat_of

Make = Callable[..., Any]

ENDS = {
    "published by a refinery that merges nothing": ("merged", {"a": "Succeeded"}, "Complete"),
    "published by a convoy that merges nothing": ("published", {"a": "Succeeded"}, "Complete"),
    "one of two failed": ("merged", {"a": "Succeeded", "b": "Failed"}, "Failed"),
}


@pytest.mark.parametrize(("strategy", "beads", "phase"), ENDS.values(), ids=ENDS.keys())
def test_the_convoy_stays_as_it_ended(
    seen: Make, seen_workflow: Make, strategy: str, beads: dict[str, str], phase: str
) -> None:
    """What is rebuilt from the polecats' statuses says the same as the Workflow did."""
    convoy, rig = _convoy(seen, strategy, list(beads)), _rig(seen)
    observation = seen_workflow("c-1", beads, owner="Convoy/c").observation
    before = convoy_status(convoy, [observation])
    statuses = {each.bead: _status(observation, each.bead, convoy, rig) for each in observation.beads}
    train = TrainStatus(workflow="c-1", beads=tuple(beads), phase=observation.phase)

    found = rebuilt(convoy, train, statuses)

    after = convoy_status(convoy, [found])
    assert phase == before.phase
    assert (before.phase, before.progress, before.failed_beads) == (
        after.phase,
        after.progress,
        after.failed_beads,
    )


def test_what_was_in_the_queue_has_failed(seen: Make, now: datetime.datetime) -> None:
    """Nothing merges any more what a deleted Workflow had published for the queue."""
    convoy = _convoy(seen, "merged", ["a"])
    status = PolecatStatus(phase="Done", reason="Queued", workflow="c-1", finished_at=now, branch="polecat/a")

    found = rebuilt(convoy, TrainStatus(workflow="c-1", beads=("a",), phase="Running"), {"a": status})

    assert "Failed" == convoy_status(convoy, [found]).phase
    assert ("Stopped", "polecat/a") == (found.beads[0].reason, found.beads[0].branch)


def _status(observation: Observation, bead: str, convoy: Convoy, rig: Rig) -> PolecatStatus:
    found = next(each for each in observation.beads if each.bead == bead)
    return polecat_of(
        PolecatName(f"nux-{bead}"), found, observation=observation, convoy=convoy, rig=rig
    ).status


def _convoy(seen: Make, strategy: str, beads: list[str]) -> Convoy:
    inline = [{"id": bead, "title": bead} for bead in beads]
    values = {"description": "d", "rigRef": "ap", "mergeStrategy": strategy, "beads": inline}
    status = {"trains": [{"workflow": "c-1", "beads": beads}]}
    found = seen("Convoy", "c", values, status=status).resource
    assert isinstance(found, Convoy)
    return found


def _rig(seen: Make) -> Rig:
    found = seen("Rig", "ap", {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap"}).resource
    assert isinstance(found, Rig)
    return found
