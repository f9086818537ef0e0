"""A merge that waits for people goes on when what gastown-events lists is no longer what it saw; nobody here asks a forge."""

import base64
import datetime
import gzip
import json

import pytest
from harness.recorded import FOLDER, Recording

from adapter.argo.reviews import over, resume, waiting
from adapter.objects.reading import view
from crds import EventsStatus

MARK = "12-0123456789abcdef"
LATER = datetime.timedelta(minutes=1)


def _waits(manifest):
    nodes = (manifest.get("status") or {}).get("nodes", {}).values()
    return any(node["type"] == "Suspend" and node["phase"] == "Running" for node in nodes)


@pytest.fixture
def manifest():
    """A Workflow of which a merge waits, as Argo wrote it."""
    states = Recording.load(FOLDER / "reviewed.json").states
    found = next(each for each in states if _waits(each))
    return found | {"metadata": {"uid": "u", "resourceVersion": "7", **found["metadata"]}}


def _told(seen, *marks, after=LATER):
    (bead,) = [each for each in seen.observation.beads if each.parked]
    return EventsStatus(pulls=marks, pulls_at=bead.parked_at + after)


def test_it_waits_while_it_looks_the_same(manifest):
    """Whatever became of others; and a list from before the wait, or none, says nothing."""
    seen = view("Workflow", manifest)
    assert waiting([seen]) == 1
    assert over(seen, None) == ()
    assert over(seen, EventsStatus()) == ()
    assert over(seen, _told(seen, "3-0", MARK)) == ()
    assert over(seen, _told(seen, after=-LATER)) == ()


@pytest.mark.parametrize("marks", [(), ("12-fedcba9876543210",), ("3-0",)], ids=["gone", "changed", "others"])
def test_it_looks_again(manifest, marks):
    """Where it looks otherwise, or is open no more."""
    seen = view("Workflow", manifest)
    assert over(seen, _told(seen, *marks)) == ("reviewed-1.ap-1.ap-1-look.ap-1-review",)


@pytest.mark.parametrize(
    ("seconds", "ended"),
    [
        pytest.param(1, True, id="between its look and its wait"),
        pytest.param(-60, False, id="before its look"),
    ],
)
def test_it_looks_again_where_it_was_judged_since_its_look(manifest, seconds, ended):
    """However early the list was: a review in the second of the look, and a check, change nothing else."""
    seen = view("Workflow", manifest)
    (bead,) = [each for each in seen.observation.beads if each.parked]
    judged = int(bead.looked_at.timestamp()) + seconds
    found = over(seen, _told(seen, f"{MARK}@{judged}", after=datetime.timedelta(seconds=-1)))
    assert bool(found) == ended


def _pack(manifest):
    nodes = manifest["status"]["nodes"]
    packed = base64.b64encode(gzip.compress(json.dumps(nodes).encode())).decode()
    status = {name: each for name, each in manifest["status"].items() if name != "nodes"}
    return manifest | {"status": status | {"compressedNodes": packed}}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_its_node_ends_as_argo_ends_it(manifest, packed, now):
    """The node alone; where all of them are one text, that text, and only if nobody has written meanwhile."""
    shown = _pack(manifest) if packed else manifest
    seen = view("Workflow", shown)
    names = over(seen, _told(seen))
    change = resume(seen, shown, names, now=now)
    status = change.patch["status"]
    nodes = (
        json.loads(gzip.decompress(base64.b64decode(status["compressedNodes"])))
        if packed
        else status["nodes"]
    )
    (ended,) = [each for key, each in nodes.items() if manifest["status"]["nodes"][key]["name"] in names]
    assert (ended["phase"], ended["message"]) == ("Succeeded", "its pull request has changed")
    assert packed == (change.patch.get("metadata") == {"resourceVersion": "7"})
    assert (len(nodes) == len(manifest["status"]["nodes"])) == packed


def test_what_ended_meanwhile_is_left_alone(manifest, now):
    """Its time was over, or a person resumed it."""
    seen = view("Workflow", manifest)
    names = over(seen, _told(seen))
    for node in manifest["status"]["nodes"].values():
        node["phase"] = "Succeeded"
    assert resume(seen, manifest, names, now=now) is None
