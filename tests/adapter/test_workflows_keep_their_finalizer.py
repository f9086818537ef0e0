"""Our finalizer on a Workflow: on from its first version, off once its end is recorded, and on nobody's way for longer."""

import pytest
from inmemory import Fault
from playtown import MERGED, WORKING, Town, bead

OURS = "gastown.gastown.io/recorded"
TIME_TO_LIVE = "example.com/archive"


def _finalizers(town: Town, name: str = "demo-1") -> list[str]:
    return list(town.get("Workflow", name).get("metadata", {}).get("finalizers", ()))


def _recorded(town: Town) -> int:
    """The version at which the Polecat was first told its end."""
    return next(
        change.version
        for change in town.server.store.changes
        if change.place.resource.kind == "Polecat"
        and change.after
        and change.after.get("status", {}).get("phase") == "Done"
    )


def _released(town: Town) -> int:
    """The version at which the Workflow lost our finalizer, or went with it."""
    return next(
        change.version
        for change in town.server.store.changes
        if change.place.name == "demo-1"
        and change.before
        and OURS not in (change.after or {}).get("metadata", {}).get("finalizers", ())
    )


async def _begun(town: Town) -> None:
    town.rig()
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=WORKING)
    await town.until("work", lambda: town.phases()["ap-1"] == "Working")


async def test_it_is_on_from_the_first_version(town: Town) -> None:
    """A Workflow without would be gone in a moment between its making and the next request."""
    await _begun(town)
    made = [
        change.after
        for change in town.server.store.changes
        if change.place.name == "demo-1" and change.before is None and change.after
    ]
    assert [[OURS]] == [each["metadata"].get("finalizers") for each in made]


async def test_a_deleted_workflow_waits_until_its_end_is_recorded(town: Town) -> None:
    """A time to live deletes it the moment it ends, and the apiserver refuses the statuses for a while: it stays all that time."""
    await _begun(town)
    town.server.faults = [Fault("PATCH", "polecats", code=500, times=8)]
    town.show("demo-1", ap_1=MERGED)
    town.end("demo-1")
    town.delete("Workflow", "demo-1")
    await town.until("the end of the Workflow", lambda: not town.get("Workflow", "demo-1"), seconds=300)
    assert _recorded(town) < _released(town)
    assert not any(each.times for each in town.server.faults)
    assert "Complete" == town.status("Convoy", "demo")["phase"]


async def test_a_polecat_that_goes_just_then_is_made_and_told_first(town: Town) -> None:
    """A hand deletes the Polecat while its last status is on its way: the Workflow stays until another one tells its end."""
    await _begun(town)
    name = town.all("Polecat")[0]["metadata"]["name"]
    # More often than the Workflow's own reconcile tries: the convoy's, which makes the Polecat again before, must meet it, too.
    hand = Fault("PATCH", "polecats", code=200, times=4, first=lambda: town.delete("Polecat", name))
    town.server.faults = [hand]
    town.show("demo-1", ap_1=MERGED)
    town.end("demo-1")
    await town.until("the release", lambda: not _finalizers(town), seconds=400)
    assert _recorded(town) < _released(town)
    assert {"ap-1": "Done"} == town.phases()
    assert 0 == hand.times


async def test_it_goes_off_once_all_is_recorded(town: Town) -> None:
    """And other people's finalizers stay on."""
    await _begun(town)
    both = {"metadata": {"finalizers": [OURS, TIME_TO_LIVE]}}
    town.patch("Workflow", "demo-1", both)
    town.show("demo-1", ap_1=MERGED)
    town.end("demo-1")
    await town.until("the release", lambda: _finalizers(town) == [TIME_TO_LIVE])
    assert {"ap-1": "Done"} == town.phases()


async def test_it_is_put_on_again_when_argo_retries(town: Town) -> None:
    """`argo retry` starts a Workflow again that was let go."""
    await _begun(town)
    town.show("demo-1", ap_1=MERGED)
    town.end("demo-1", "Failed")
    await town.until("the release", lambda: not _finalizers(town))
    retried = {"metadata": {"labels": {"workflows.argoproj.io/completed": "false"}}}
    town.patch("Workflow", "demo-1", retried)
    town.show("demo-1", ap_1=WORKING)
    await town.until("the finalizer", lambda: _finalizers(town) == [OURS])


async def test_a_workflow_that_a_hand_deletes_while_it_runs_goes(town: Town) -> None:
    """What had not ended counts as stopped; nobody waits for a Workflow that will not go on."""
    await _begun(town)
    town.delete("Workflow", "demo-1")
    await town.until("the end of the Workflow", lambda: not town.get("Workflow", "demo-1"))
    await town.until("the polecat", lambda: town.phases() == {"ap-1": "Terminated"})


async def test_a_deleted_convoy_lets_its_workflows_go(town: Town) -> None:
    """With it go its Polecats and its texts."""
    await _begun(town)
    town.delete("Convoy", "demo")
    await town.until("the end of the Workflow", lambda: not town.get("Workflow", "demo-1"))
    texts = [each["metadata"]["name"] for each in town.all("ConfigMap")]
    assert ([], ["gastown-rig-ap"]) == (town.all("Polecat"), texts)


async def test_a_convoy_that_waits_for_somebody_elses_finalizer_lets_go(town: Town) -> None:
    """The convoy is being deleted and stays for a while: its Workflow need not."""
    await _begun(town)
    town.patch("Convoy", "demo", {"metadata": {"finalizers": [TIME_TO_LIVE]}})
    town.delete("Convoy", "demo")
    await town.until("the release", lambda: not _finalizers(town))
    assert town.get("Convoy", "demo")["metadata"]["deletionTimestamp"]


@pytest.mark.parametrize("label", ["workflows.argoproj.io/resubmitted-from-workflow"])
async def test_a_copy_that_argo_resubmitted_is_let_go(town: Town, label: str) -> None:
    """It carries our labels and our finalizer, and is nobody's: its nodes are shown in no Polecat."""
    await _begun(town)
    original = town.get("Workflow", "demo-1")
    metadata = original["metadata"]
    town.make(
        "Workflow",
        "demo-1-copy",
        original["spec"],
        labels=metadata["labels"] | {label: "demo-1"},
        ownerReferences=metadata["ownerReferences"],
        finalizers=[OURS],
    )
    town.show("demo-1-copy", ap_1=MERGED)
    await town.until("the release", lambda: not _finalizers(town, "demo-1-copy"))
    assert {"ap-1": "Working"} == town.phases()


async def test_a_workflow_whose_owner_is_gone_is_let_go(town: Town) -> None:
    """One of no owner, one of an owner that never was, one whose owner's name another has now; one of ours that we had not seen stays."""
    await _begun(town)
    metadata = town.get("Workflow", "demo-1")["metadata"]
    never = "00000000-0000-0000-0000-000000000000"
    owner = metadata["ownerReferences"][0]
    for name, owners in {
        "alone": [],
        "orphan": [owner | {"name": "ghost", "uid": never}],
        "changeling": [owner | {"uid": never}],
    }.items():
        town.make(
            "Workflow",
            name,
            {"suspend": True},
            labels=metadata["labels"],
            ownerReferences=owners,
            finalizers=[OURS],
        )
    for name in ("alone", "orphan", "changeling"):
        await town.until(f"the release of {name}", lambda name=name: not _finalizers(town, name))
    assert [OURS] == _finalizers(town)
