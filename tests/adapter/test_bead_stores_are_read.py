"""A bead store by the whole adapter: what reads it is made, what was read is served, and convoys that waited go on."""

import hashlib
import json
from typing import Any

from playtown import MERGED, Town, bead, condition
from playtown.argo import fail, succeed

from workflows.beadstore.orders import STORE_FILE, StoreOrders
from workflows.beadstore.packing import File, head_name, pack

TWO = (
    {"id": "ap-1", "title": "First", "status": "open", "issue_type": "task"},
    {
        "id": "ap-2",
        "title": "Second",
        "status": "open",
        "dependencies": [{"issue_id": "ap-2", "depends_on_id": "ap-1", "type": "blocks"}],
    },
    {"id": "ap-0", "title": "Old", "status": "closed", "closed_at": "2026-01-01T00:00:00Z"},
)
COMMIT = "c0ffee" * 6 + "c0ff"


def _store(town: Town, **spec: Any) -> None:
    town.make("BeadStore", "ap", {"rigRef": "ap", "prefix": "ap-", "syncInterval": "1m", **spec})


def _synced(town: Town) -> tuple[str, str]:
    return condition(town.status("BeadStore", "ap"), "Synced")


def _reads(town: Town) -> list[str]:
    """The reads that have not ended."""
    return [
        each["metadata"]["name"]
        for each in town.all("Workflow")
        if "gastown.io/bead-store" in each["metadata"]["labels"]
        and each["metadata"]["labels"].get("workflows.argoproj.io/completed") != "true"
    ]


async def _read(town: Town, *beads: dict[str, Any], raw: str = "") -> str:
    """Do what the pod of a read does, for the read that was made; returns the head of what it handed over."""
    await town.until("a read", lambda: bool(_reads(town)))
    orders = StoreOrders(**json.loads(town.get("ConfigMap", "ap-beads-orders")["data"][STORE_FILE]))
    text = raw or "".join(f"{json.dumps(each)}\n" for each in beads)
    blob = hashlib.sha256(text.encode()).hexdigest()
    for each in pack(File(COMMIT, blob, text.encode()), orders):
        if not town.get("ConfigMap", each["metadata"]["name"]):
            town.put(each)
    index = head_name(orders, blob)
    town.argo("Workflow", _reads(town)[0], lambda old: succeed(old, at=town.time, index=index, commit=COMMIT))
    return index


async def _again(town: Town, mark: str) -> None:
    """Ask for a read, as `kubectl gt` does; reads tell their end in whole seconds."""
    await town.rest(2)
    town.patch("BeadStore", "ap", {"metadata": {"annotations": {"gastown.io/read-again": mark}}})


async def test_a_convoy_waits_for_its_beads_and_takes_what_the_store_has(town: Town) -> None:
    """It says what it waits for, and goes on by itself; one whose bead nobody pushed names it."""
    town.rig()
    town.make("Convoy", "demo", {"description": "d", "rigRef": "ap", "trackedBeads": ["ap-1", "ap-2"]})
    town.make("Convoy", "late", {"description": "d", "rigRef": "ap", "trackedBeads": ["ap-3"]})
    await town.until(
        "the word", lambda: condition(town.status("Convoy", "demo"), "Ready")[1] == "BeadStoreNotFound"
    )
    _store(town)
    await town.until("the first read", lambda: _synced(town) == ("False", "NotReadYet"))
    await _read(town, *TWO)
    await town.until("Synced", lambda: _synced(town) == ("True", "SyncSucceeded"))
    status = town.status("BeadStore", "ap")
    assert (COMMIT, 3, 2, 1, 1) == (
        status["commit"],
        status["issueCount"],
        status["openCount"],
        status["closedCount"],
        status["readyCount"],
    )
    await town.workflow("demo-1")
    await town.until(
        "the other", lambda: condition(town.status("Convoy", "late"), "Ready")[1] == "BeadsUnknown"
    )
    await town.until("the count", lambda: town.status("Rig", "ap").get("beadCount") == 3)
    await _again(town, "1")
    await _read(town, *TWO, {"id": "ap-3", "title": "Third", "status": "open"})
    await town.workflow("late-1")
    assert ["ap-1", "ap-2", "ap-3"] == sorted(town.polecats())


async def test_an_older_file_is_tidied_away(town: Town) -> None:
    """Once nobody reads; the file that is served stays."""
    town.rig()
    _store(town)
    first = await _read(town, *TWO)
    await town.until("Synced", lambda: _synced(town)[0] == "True")
    await _again(town, "1")
    second = await _read(town, *TWO[:1])
    await town.until("the old one's end", lambda: not town.get("ConfigMap", first))
    assert town.get("ConfigMap", second)


async def test_a_read_that_fails_and_a_file_that_is_none_are_told(town: Town) -> None:
    """The beads of the last good read are served all the while."""
    town.rig()
    _store(town)
    await _read(town, *TWO, {"id": "ap-5", "title": "Fifth", "status": "open"})
    await town.until("Synced", lambda: _synced(town)[0] == "True")
    await _again(town, "1")
    await town.until("a read", lambda: bool(_reads(town)))
    told = "no such branch (exit code 1): push it"
    town.argo("Workflow", _reads(town)[0], lambda old: fail(old, at=town.time, message=told))
    await town.until("the failure", lambda: _synced(town) == ("False", "SyncFailed"))
    await _again(town, "2")
    await _read(town, raw='{"id": "ap-1", "title": "First"}\nnonsense\n')
    await town.until("the line", lambda: _synced(town) == ("False", "BeadsUnreadable"))
    town.make("Convoy", "demo", {"description": "d", "rigRef": "ap", "trackedBeads": ["ap-1"]})
    await town.workflow("demo-1")
    assert await town.adapter.stop()
    town.adapter.start()
    await town.rest(30)
    town.make("Convoy", "more", {"description": "d", "rigRef": "ap", "trackedBeads": ["ap-5"]})
    await town.workflow("more-1")


async def test_what_a_hand_deletes_is_read_again(town: Town) -> None:
    """The file of a store, found gone after a restart: one further read is made for it."""
    town.rig()
    _store(town)
    index = await _read(town, *TWO)
    await town.until("Synced", lambda: _synced(town)[0] == "True")
    await town.adapter.stop()
    town.delete("ConfigMap", index)
    town.adapter.start()
    await town.until("the word", lambda: _synced(town) == ("False", "BeadsGone"))
    await _read(town, *TWO)
    await town.until("Synced again", lambda: _synced(town)[0] == "True")


async def test_what_cannot_be_made_or_is_anothers_is_told(town: Town) -> None:
    """No rig; a CronWorkflow of somebody else's; and then the read is made."""
    _store(town)
    await town.until("no rig", lambda: _synced(town) == ("False", "RigNotFound"))
    cron = town.make("CronWorkflow", "ap-beads", {"schedules": ["* * * * *"]})
    town.rig()
    await town.until("the stranger", lambda: _synced(town) == ("False", "NameTaken"))
    town.delete("CronWorkflow", cron["metadata"]["name"])
    await town.until("ours", lambda: bool(_reads(town)))


async def test_a_store_that_is_not_read_for_long_is_stale(town: Town) -> None:
    """Time alone makes it so: three intervals without a read."""
    town.rig()
    _store(town)
    await _read(town, *TWO)
    await town.until("Synced", lambda: _synced(town)[0] == "True")
    await town.rest(300)
    assert ("True", "ReadsMissed") == condition(town.status("BeadStore", "ap"), "Stale")


async def _first_merged(town: Town) -> None:
    """A convoy that has merged the first of two beads, which their store still calls open."""
    town.rig()
    _store(town)
    await _read(town, *TWO)
    await town.until("Synced", lambda: _synced(town)[0] == "True")
    town.convoy("first", bead(1))
    await town.workflow("first-1")
    town.show("first-1", ap_1=MERGED)
    town.end("first-1")
    await town.until("the end", lambda: town.status("Convoy", "first").get("phase") == "Complete")


async def test_what_another_convoy_merged_counts_as_closed(town: Town) -> None:
    """While the store still calls it open: what depends on it may start."""
    await _first_merged(town)
    town.make("Convoy", "second", {"description": "d", "rigRef": "ap", "trackedBeads": ["ap-2"]})
    await town.workflow("second-1")


async def test_what_was_taken_back_is_open_again(town: Town) -> None:
    """What depends on it waits, for the merge that a convoy has reverted."""
    await _first_merged(town)
    town.convoy("undo", bead(9) | {"reverts": {"bead": "ap-1", "convoy": "first"}})
    await town.workflow("undo-1")
    town.show("undo-1", ap_9=MERGED)
    town.end("undo-1")
    await town.until("the revert", lambda: town.status("Convoy", "undo").get("mergedBeads") == ["ap-9"])
    town.make("Convoy", "second", {"description": "d", "rigRef": "ap", "trackedBeads": ["ap-2"]})
    refused = ("False", "BeadRefused")
    await town.until("the refusal", lambda: condition(town.status("Convoy", "second"), "Planned") == refused)
