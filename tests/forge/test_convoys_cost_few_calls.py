"""What a convoy costs the real Gitea where work is pushed: every request of the product goes through a door that counts."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.counting import Door
from harness.eight import landed
from harness.place import Place
from harness.receiving import Town, port, until

from workflows.local.home import Home
from workflows.local.town import LocalTown

CALLS = 10
"""The most that a convoy of eight may cost, from the event to the last merge."""

QUIET = 4.0
"""Seconds without a request after which nothing more comes."""


@pytest.fixture
def door(place: Place) -> Iterator[Door]:
    """Between the product and the forge's API."""
    made = Door(place.site.url)
    yield made
    made.close()


@pytest.fixture
def town(place: Place, door: Door, tmp_path: Path) -> Iterator[Town]:
    """A town that listens to pushes."""
    made, listens = Town(tmp_path, place).settle(), port()
    made.rig()
    made.serve(listens)
    made.connect(listens, "--api-url", door.url)
    local = LocalTown(Home(tmp_path / "town"))
    local.rigs.change("app", {"triggers": [{"name": "pushed", "event": "Push"}]})
    local.store.close()
    yield made
    made.end()


def _settled(door: Door) -> list[str]:
    """All that was asked, once nobody has asked for a while."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < QUIET:
        if len(door.asked) != seen:
            seen, since = len(door.asked), time.monotonic()
        time.sleep(0.1)
    return list(door.asked)


def _phase(town: Town, name: str) -> str:
    return str(json.loads(town.type("convoy", "status", name, "-o", "json"))["status"].get("phase", ""))


def test_eight_beads_of_a_push_cost_ten_calls(town: Town, place: Place, door: Door) -> None:
    """The push, the beads in it and the right of who pushed are asked for once; merging asks nothing of the API."""
    before = _settled(door)
    assert before, "the product does not go through the door"
    beads = [{"id": f"app-{number}", "title": f"Part {number}", "status": "open"} for number in range(1, 9)]
    place.push(
        "main", files={".beads/issues.jsonl": "".join(f"{json.dumps(each)}\n" for each in beads)}, who="owner"
    )
    until(town.convoys, "the convoy of the push")
    (convoy,) = town.convoys()
    name = convoy["metadata"]["name"]
    until(lambda: _phase(town, name) in {"Complete", "Failed"}, "the end of the convoy", 400)
    asked = _settled(door)[len(before) :]
    assert sorted(landed(place)) == sorted(each["id"] for each in beads)
    assert 1 <= len(asked) <= CALLS, asked
    print(f"{len(asked)} calls")  # noqa: T201 - a figure for whoever runs this
