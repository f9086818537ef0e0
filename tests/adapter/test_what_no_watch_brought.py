"""What happens while the adapter can't see, or isn't heard: afterwards every status is true, and nothing ran twice."""

import asyncio

import pytest
from inmemory import Fault
from playtown import MERGED, WORKING, Replica, Town, bead

LONG = 1e6


async def _begun(town: Town, *names: str) -> None:
    town.rig()
    for number, name in enumerate(names, start=1):
        town.convoy(name, bead(number))
        await town.workflow(f"{name}-1")
        town.show(f"{name}-1", **{f"ap_{number}": WORKING})
    await town.until("work", lambda: set(town.phases().values()) == {"Working"})
    await town.rest(10)


def _away(town: Town) -> None:
    """Cut the adapter off, and forget what happens until it is back."""
    town.server.part("replica-1")


def _back(town: Town) -> None:
    town.server.forget()
    town.server.offline.clear()


@pytest.mark.settings(resync=LONG)
async def test_what_was_deleted_before_a_410_is_gone(town: Town) -> None:
    """The list that follows shows no deletion, and nothing else will: no comparison is made in this test.

    A Polecat that a hand deleted is made again when its bead goes on, and the Workflow of a convoy that was deleted is let go.
    """
    await _begun(town, "demo", "gone")
    polecat = next(each for each in town.all("Polecat") if each["spec"]["beadID"] == "ap-1")["metadata"]
    _away(town)
    town.delete("Polecat", polecat["name"])
    town.delete("Convoy", "gone")
    await town.rest(5)
    _back(town)
    await town.until("the release", lambda: not town.get("Workflow", "gone-1"), seconds=60)
    town.show("demo-1", ap_1=MERGED)
    await town.until("the polecat", lambda: town.phases().get("ap-1") == "Done", seconds=60)
    assert polecat["uid"] != town.all("Polecat")[0]["metadata"]["uid"]


@pytest.mark.settings(resync=LONG)
async def test_what_changed_before_a_410_is_shown(town: Town) -> None:
    """An end, and a convoy of the same name as the one before."""
    await _begun(town, "demo", "again")
    old = town.get("Workflow", "again-1")["metadata"]["uid"]
    _away(town)
    town.show("demo-1", ap_1=MERGED)
    town.end("demo-1")
    town.delete("Convoy", "again")
    town.convoy("again", bead(2))
    await town.rest(5)
    _back(town)
    await town.until("the end", lambda: town.status("Convoy", "demo")["phase"] == "Complete", seconds=60)
    await town.until(
        "the new Workflow",
        lambda: town.get("Workflow", "again-1").get("metadata", {}).get("uid", old) != old,
        seconds=60,
    )


@pytest.mark.parametrize("kind", ["Workflow", "Polecat", "Convoy", "Rig"])
async def test_a_watch_that_brings_nothing_is_mended_and_known(town: Town, kind: str) -> None:
    """The comparison finds what it kept back, and /healthz says so until it speaks again."""
    await _begun(town, "demo")
    town.server.hush(town.resource(kind).plural)
    name = {"Workflow": "demo-1", "Polecat": "demo", "Convoy": "demo", "Rig": "ap"}[kind]
    names = [each["metadata"]["name"] for each in town.all(kind)]
    name = name if name in names else names[0]
    town.patch(kind, name, {"metadata": {"labels": {"touched": "yes"}}})
    await town.rest(310)
    assert 1 == town.adapter.measure("gastown_watch_missed_total", kind=kind)
    operator = town.adapter.operator
    assert operator is not None
    assert "" == operator.sickness()
    await town.rest(310)
    assert f"the watch of {kind} brings nothing" == operator.sickness()
    town.server.cut()
    town.patch(kind, name, {"metadata": {"labels": {"touched": "again"}}})
    await town.rest(620)
    assert "" == operator.sickness()


async def test_a_deletion_that_no_watch_brought_is_found(town: Town) -> None:
    """By the comparison, and counted."""
    await _begun(town, "demo", "gone")
    town.server.hush("convoys")
    town.delete("Convoy", "gone")
    await town.rest(400)
    assert not town.get("Workflow", "gone-1")
    assert 1 == town.adapter.measure("gastown_watch_missed_total", kind="Convoy")


async def test_a_watch_that_is_cut_goes_on(town: Town) -> None:
    """From where it was: nothing is listed anew."""
    await _begun(town, "demo")
    town.server.requests.clear()
    for _ in range(5):
        town.server.cut()
        await town.rest(2)
    town.show("demo-1", ap_1=MERGED)
    await town.until("the end", lambda: town.phases()["ap-1"] == "Done", seconds=5)
    assert not [
        what for _, what in town.server.requests if what.startswith("GET") and what.endswith("/workflows")
    ]


async def test_an_apiserver_that_is_away_is_asked_ever_more_rarely(town: Town) -> None:
    """In the end each watch asks once in eight seconds; then it goes on."""
    await _begun(town, "demo")
    _away(town)
    town.server.requests.clear()
    await town.rest(120)
    asked = sum(count for (_, what), count in town.server.requests.items() if what.endswith("/workflows"))
    assert 12 <= asked <= 40  # aiohttp asks a second time where a connection that it had kept is cut
    town.show("demo-1", ap_1=MERGED)
    town.server.offline.clear()
    await town.until("the end", lambda: town.phases()["ap-1"] == "Done", seconds=60)


@pytest.mark.settings(resync=LONG)
async def test_what_the_apiserver_refuses_is_tried_again_later_each_time(town: Town) -> None:
    """Nine refusals take half a minute and more; a reconcile without pauses would be through at once."""
    await _begun(town, "demo")
    town.server.faults = [Fault("PATCH", "polecats", code=503, times=9)]
    begun = asyncio.get_running_loop().time()
    town.show("demo-1", ap_1=MERGED)
    await town.until("the end", lambda: town.phases()["ap-1"] == "Done", seconds=300)
    assert asyncio.get_running_loop().time() - begun > 10
    assert town.adapter.measure("gastown_reconciles_total", kind="Workflow", result="retry") > 3


async def test_a_conflict_is_looked_at_again_and_decided_anew(town: Town) -> None:
    """Somebody writes between the reading and the write of a finalizer: theirs stays."""
    await _begun(town, "demo")
    town.show("demo-1", ap_1=MERGED)
    town.end("demo-1")
    town.server.faults = [Fault("PATCH", "workflows", code=409, times=2)]
    await town.until("the release", lambda: not town.get("Workflow", "demo-1")["metadata"].get("finalizers"))


async def test_poison_holds_up_no_other(town: Town) -> None:
    """Objects that claim to be ours and make no sense, written under another version of the definitions."""
    town.rig()
    labels = {
        "app.kubernetes.io/managed-by": "gastown",
        "gastown.io/attempt": "many",
        "gastown.io/rig": "none",
    }
    town.make("Workflow", "strange", {"suspend": True}, labels=labels)
    for kind, name in (
        ("Convoy", "old"),
        ("Polecat", "old"),
        ("Rig", "old"),
        ("Refinery", "old"),
        ("Witness", "old"),
        ("BeadStore", "old"),
    ):
        town.plant(kind, name, {"nobody": "knows this"})
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    await town.rest(20)
    assert town.adapter.measure("gastown_reconciles_total", kind="Convoy", result="refused") >= 1
    assert town.adapter.alive


async def test_a_killed_adapter_goes_on_from_what_stands_in_the_cluster(town: Town) -> None:
    """Killed after ever more of its requests: one Workflow, one Polecat, and the end."""
    await town.adapter.kill()
    town.rig()
    town.convoy("demo", bead(1))
    for number in range(8, 40, 2):
        replica: Replica = town.replica(f"replica-{number + 1}")
        town.server.limit = number
        replica.start()
        await town.rest(1)
        await replica.kill()
    town.server.limit = None
    town.adapter.start()
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=MERGED)
    town.end("demo-1")
    await town.until("the end", lambda: town.status("Convoy", "demo").get("phase") == "Complete")
    assert (["ap-1"], 1) == (sorted(town.polecats()), len(town.all("Workflow")))


@pytest.mark.settings(namespaces=["town"])
async def test_only_the_namespaces_that_are_named_are_watched(town: Town) -> None:
    """And the adapter's own; a convoy elsewhere is nobody's."""
    town.make("Namespace", "elsewhere", {})
    await _begun(town, "demo")
    town.make("Convoy", "elsewhere/other", {"description": "d", "rigRef": "ap", "beads": [bead(9)]})
    await town.rest(400)
    assert not town.get("Workflow", "elsewhere/other-1")
    assert not town.status("Convoy", "elsewhere/other")
