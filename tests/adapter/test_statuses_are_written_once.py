"""What the adapter asks the apiserver to write: one status for what a change changes, nothing for what changes nothing."""

from collections import Counter

import pytest
from inmemory import Fault, Manifest
from playtown import MERGED, WORKING, Town, bead

HOUR = 3600


def _writes(town: Town) -> Counter[str]:
    """What was asked to be written since the last time, by plural; Events aside."""
    found = Counter(
        {plural: count for (_, plural), count in town.server.writes.items() if plural != "events"}
    )
    town.server.writes.clear()
    return found


async def _begun(town: Town) -> None:
    town.rig()
    town.convoy("demo", bead(1), bead(2), bead(3, 2))
    await town.workflow("demo-1")
    town.show("demo-1")
    await town.until("all polecats", lambda: all(town.phases().values()) and len(town.polecats()) == 3)
    await town.rest(30)
    _writes(town)


async def test_a_change_of_one_bead_writes_each_status_once(town: Town) -> None:
    """Its Polecat, its convoy, and the sums over its rig; no other Polecat."""
    await _begun(town)
    town.show("demo-1", ap_1=WORKING)
    await town.rest(30)
    written = _writes(town)
    assert (1, 1) == (written["polecats/status"], written["convoys/status"])
    assert set(written) <= {
        "polecats/status",
        "convoys/status",
        "rigs/status",
        "witnesses/status",
        "refineries/status",
        "workflows",  # what Argo's list shows of it
    }
    assert max(written.values()) == 1
    assert "Working" == town.phases()["ap-1"]


async def test_an_hour_at_rest_writes_nothing(town: Town) -> None:
    """Everything is compared and reconciled a dozen times meanwhile, and says what it said."""
    await _begun(town)
    town.show("demo-1", ap_1=WORKING, ap_2=MERGED)
    town.convoy("unknown", bead(4), agent="nobody")
    await town.rest(1200)  # by then its Witness calls the silent one stuck
    _writes(town)
    before = town.adapter.measure("gastown_reconciles_total", kind="Convoy", result="done")
    await town.rest(HOUR)
    after = town.adapter.measure("gastown_reconciles_total", kind="Convoy", result="done")
    assert after - before >= 2 * HOUR // 300
    assert Counter() == _writes(town)


async def test_what_changes_nothing_writes_nothing(town: Town) -> None:
    """A label of somebody else's, and a node of no bead."""
    await _begun(town)
    town.patch("Workflow", "demo-1", {"metadata": {"annotations": {"somebody": "was here"}}})
    town.show("demo-1", of_no_bead=WORKING)
    await town.rest(30)
    assert Counter() == _writes(town)


async def test_a_restart_writes_nothing(town: Town) -> None:
    """Everything is read and reconciled anew, and everything is as it was left. The limit of the rig alone is applied again."""
    await _begun(town)
    town.show("demo-1", ap_1=WORKING, ap_2=WORKING)
    await town.rest(30)
    assert await town.adapter.stop()
    _writes(town)
    town.adapter.start()
    await town.rest(30)
    assert set(_writes(town)) <= {"configmaps"}
    assert {"ap-1": "Working", "ap-2": "Working"} == {name: town.phases()[name] for name in ("ap-1", "ap-2")}


async def test_a_field_of_somebody_else_in_a_status_is_no_reason_to_write_for_ever(town: Town) -> None:
    """It stays, and ours say what is so."""
    await _begun(town)
    town.patch("Convoy", "demo", {"status": {"beadsConvoyId": "hq-1"}}, status=True)
    await town.rest(30)
    _writes(town)
    await town.rest(HOUR)
    assert Counter() == _writes(town)
    assert "hq-1" == town.status("Convoy", "demo")["beadsConvoyId"]


@pytest.mark.settings(resync=1e6)
async def test_a_status_says_what_the_nodes_say(town: Town) -> None:
    """Written as each bead goes on, without waiting for a comparison of everything."""
    await _begun(town)
    for shown, phase in ((WORKING, "Working"), (MERGED, "Done")):
        town.show("demo-1", ap_1=shown)
        await town.rest(1)
        assert phase == town.phases()["ap-1"]
    assert "1/3" == town.status("Convoy", "demo")["progress"]


@pytest.mark.settings(resync=1e6)
@pytest.mark.parametrize("kind", ["Convoy", "Polecat"])
async def test_a_status_goes_to_no_other_object_of_its_name(town: Town, kind: str) -> None:
    """The object is replaced just when its status is on its way: the new one begins with nothing that the old one had done."""
    await _begun(town)
    name = "demo" if kind == "Convoy" else town.all("Polecat")[0]["metadata"]["name"]
    replaced: list[Manifest] = []

    def replace() -> None:
        spec = town.get(kind, name)["spec"]
        town.delete(kind, name)
        replaced.append(
            town.make(kind, name, spec | {"suspend": True} if kind == "Convoy" else {"rig": "ap"})
        )

    town.server.faults = [Fault("PATCH", name=name, code=200, first=replace)]
    town.show("demo-1", ap_1=MERGED, ap_2=MERGED, ap_3=MERGED)
    await town.rest(60)
    uid = replaced[0]["metadata"]["uid"]
    written = [
        change.after.get("status", {})
        for change in town.server.store.changes
        if change.after and change.after["metadata"]["uid"] == uid
    ]
    assert written
    assert not [each for each in written if each.get("mergedBeads") or each.get("phase") == "Done"]


async def test_a_person_who_writes_first_keeps_no_status_back(town: Town) -> None:
    """Somebody labels a Polecat just when its status is on its way: both are there afterwards, at once."""
    await _begun(town)
    name = town.all("Polecat")[0]["metadata"]["name"]
    label = {"metadata": {"labels": {"mine": "yes"}}}
    town.server.faults = [
        Fault("PATCH", name=name, code=200, first=lambda: town.patch("Polecat", name, label))
    ]
    town.show("demo-1", ap_1=WORKING, ap_2=WORKING, ap_3=WORKING)
    await town.until("the status", lambda: town.status("Polecat", name)["phase"] == "Working", seconds=1)
    assert "yes" == town.get("Polecat", name)["metadata"]["labels"]["mine"]
    assert 0 == town.adapter.measure("gastown_reconciles_total", kind="Workflow", result="retry")
