"""What the status of a bead store says, as one pure function of its last read."""

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

import pytest

from adapter.beadstores.status import StoreReport, StoreState, report
from adapter.cache.beads import ParsedBeads, UnreadableBeads
from adapter.objects.conditions import Problem
from crds import BeadStore, BeadStoreStatus, Rig
from workflows.beads import Bead, Dependency
from workflows.observe import SyncObservation

Make = Callable[..., Any]

MINUTE = datetime.timedelta(minutes=1)


def _read(now: datetime.datetime, **more: Any) -> SyncObservation:
    told = {"store": "ap", "ended": True, "finished": now - MINUTE, "index": "", "commit": "", "words": ""}
    return SyncObservation(**{**told, **more})


def _beads(*beads: Bead) -> dict[Any, Bead]:
    return {bead.id: bead for bead in beads}


BEADS = _beads(
    Bead(id="ap-1", status="open"),
    Bead(id="ap-2", status="in_progress"),
    Bead(id="ap-3", status="hooked"),
    Bead(id="ap-4", status="open", dependencies=(Dependency(depends_on_id="zz-1"),)),
    Bead(id="ap-5", status="closed"),
    Bead(id="ap-6", status="tombstone"),
    Bead(id="zz-1", status="open"),
)


@pytest.fixture
def state(seen: Make, now: datetime.datetime) -> StoreState:
    """A store that was read a minute ago, every five minutes, and says nothing yet."""
    rig = seen("Rig", "ap", {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap"}).resource
    store = seen("BeadStore", "ap", {"rigRef": "ap", "prefix": "ap-"}).resource
    assert isinstance(rig, Rig)
    assert isinstance(store, BeadStore)
    found = ParsedBeads("ap-beads-1", BEADS)
    read = _read(now, index="ap-beads-1", commit="c" * 40)
    return StoreState(store=store, rig=rig, read=read, found=found, served=found, now=now, every=300.0)


def _written(state: StoreState, told: StoreReport, **more: Any) -> StoreState:
    """The state after the status was written."""
    status = BeadStoreStatus.model_validate(told.status)
    return dataclasses.replace(state, store=state.store.model_copy(update={"status": status}), **more)


def _conditions(told: StoreReport) -> dict[str, tuple[str, str]]:
    return {each["type"]: (each["status"], each["reason"]) for each in told.status["conditions"]}


def test_what_was_read_is_counted(state: StoreState) -> None:
    """Beads of the prefix count; those of others only keep them from being ready."""
    status = report(state).status
    assert (6, 2, 2, 2, 1) == tuple(
        status[f"{each}Count"] for each in ("issue", "open", "inProgress", "closed", "ready")
    )
    assert ("Synced", "ap-beads-1", "c" * 40) == (status["phase"], status["index"], status["commit"])
    assert "2026-05-01T11:59:00Z" == status["lastSyncTime"]
    assert {"Ready": ("True", "Ready"), "Synced": ("True", "SyncSucceeded")} == _conditions(report(state))


def test_nothing_is_said_twice(state: StoreState, now: datetime.datetime) -> None:
    """The same read gives the same status, later too; the next one moves the time and nothing else."""
    first = report(state)
    later = _written(state, first, now=now + MINUTE)
    assert first.status == report(later).status
    read = dataclasses.replace(state.read, finished=now)
    again = report(dataclasses.replace(later, read=read)).status
    assert {"lastSyncTime"} == {key for key in again if again[key] != first.status.get(key)}


def test_before_the_first_read_it_waits(state: StoreState) -> None:
    """Nothing was read: Pending, and not an error."""
    told = report(dataclasses.replace(state, read=None, found=None, served=None))
    assert ("Pending", ("False", "NotReadYet")) == (told.status["phase"], _conditions(told)["Ready"])


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        (
            {"found": UnreadableBeads("ap-beads-2", "issues.jsonl:7: not JSON")},
            "BeadsUnreadable",
            "issues.jsonl:7: not JSON",
        ),
        ({"obstacle": Problem("NotProvided", "forbidden")}, "NotProvided", "forbidden"),
    ],
    ids=["bad line", "no right"],
)
def test_an_error_is_told_and_the_last_beads_are_served(
    state: StoreState, change: dict[str, Any], reason: str, words: str
) -> None:
    """The status keeps commit, counts and time of the last good read."""
    good = report(state)
    told = report(_written(state, good, **change))
    assert ("Error", ("False", reason)) == (told.status["phase"], _conditions(told)["Synced"])
    assert ("True", "Ready") == _conditions(told)["Ready"]
    assert [words] == [each["message"] for each in told.status["conditions"] if each["type"] == "Synced"]
    kept = ("commit", "index", "issueCount", "lastSyncTime")
    assert [good.status[each] for each in kept] == [told.status[each] for each in kept]


def test_a_read_that_failed_says_why_until_one_succeeds(state: StoreState, now: datetime.datetime) -> None:
    """Also when its Workflow is gone by then, and the adapter was started anew."""
    failed = _written(state, report(state), read=_read(now, words="access to git.test is refused"))
    told = report(failed)
    assert ("False", "SyncFailed") == _conditions(told)["Synced"]
    assert told.status == report(_written(failed, told, read=None)).status
    good = report(_written(failed, told, read=_read(now, index="ap-beads-1", commit="d" * 40)))
    assert ("True", "SyncSucceeded") == _conditions(good)["Synced"]


def test_without_its_rig_it_says_so(state: StoreState) -> None:
    """The reason that gastown-operator gives as well."""
    told = report(dataclasses.replace(state, rig=None))
    assert {"Ready": ("False", "RigNotFound"), "Synced": ("False", "RigNotFound")} == _conditions(told)


def test_three_missed_reads_make_it_stale(state: StoreState, now: datetime.datetime) -> None:
    """It is looked at again when that would be, and the condition goes with the next read."""
    first = report(state)
    assert 840.0 == first.requeue_after
    late = _written(state, first, now=now + 14 * MINUTE)
    told = report(late)
    assert ("True", "ReadsMissed") == _conditions(told)["Stale"]
    assert told.requeue_after is None
    fresh = dataclasses.replace(state.read, finished=late.now)
    assert "Stale" not in _conditions(report(_written(late, told, read=fresh)))


def test_a_store_that_is_read_only_when_asked_is_never_stale(
    state: StoreState, now: datetime.datetime
) -> None:
    """An interval of 0 promises nothing."""
    told = report(dataclasses.replace(state, every=0.0, now=now + 9000 * MINUTE))
    assert (None, False) == (told.requeue_after, "Stale" in _conditions(told))
