"""A merge that waits for people is a suspended node of the real Argo, and the adapter ends the wait when gastown-events says so."""

import datetime
import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from harness import argo
from harness.running import Cluster
from harness.stories import AWAITED, FORGE, REVIEW
from harness.towns import Town, bead, condition, governed

FIRST = "demo-1.ap-1.ap-1-merge_0_"


@pytest.fixture(params=["usual", "packing"])
def town(
    light: Cluster, light_workers: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Town]:
    """A rig whose work lands by pull request, and an adapter beside gastown-events; nodes plain or packed."""
    controller = argo.restarted(light.own, argo.PACKING) if request.param == "packing" else nullcontext()
    with controller, governed(light, light_workers, tmp_path, rig=FORGE) as made:
        made.until("the refinery", lambda: bool(made.get("Refinery", f"{light_workers}-refinery")))
        made.patch("Refinery", f"{light_workers}-refinery", {"spec": {"mode": "pr"}})
        yield made


def _listed(town: Town, *marks: str) -> None:
    """What gastown-events writes."""
    now = datetime.datetime.now(tz=datetime.UTC) + datetime.timedelta(seconds=10)
    events = {"pulls": list(marks), "pullsAt": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    town.patch("Rig", town.namespace, {"status": {"events": events}}, status=True)


def _polecat(town: Town, name: str) -> tuple[str, str]:
    status = town.polecats().get(name, {})
    return status.get("phase", ""), status.get("reason", "")


def _pods(town: Town) -> list[str]:
    found: list[Any] = town.all("Pod")
    return [each["metadata"]["name"] for each in found if each["status"]["phase"] in {"Pending", "Running"}]


def _told(town: Town) -> list[tuple[str, str]]:
    """What each merge heard of its place in the graph."""
    merges = [each for each in town.all("Pod") if "-merge-" in each["metadata"]["name"]]
    mains = [each for pod in merges for each in pod["spec"]["containers"] if each["name"] == "main"]
    told = [{each["name"]: each.get("value", "") for each in main["env"]} for main in mains]
    return [(each["GASTOWN_DEPTH"], each["GASTOWN_LOOK"]) for each in told]


def test_it_goes_on_when_its_pull_request_changes(town: Town) -> None:
    """No pod is held; the rig tells how many wait, and the refinery is well; what is gone from the list is looked at, and the next bead begins."""
    town.play({"seconds": "0.3", FIRST: json.dumps(AWAITED)})
    town.convoy("demo", bead(1), bead(2, 1))
    town.until("the wait", lambda: town.status("Rig", town.namespace).get("awaitingReview") == 1)
    town.until("the polecat", lambda: _polecat(town, "ap-1")[1] == "AwaitingReview")
    assert [] == _pods(town)
    assert [("2", "0")] == _told(town)
    assert "True" == condition(town.status("Refinery", f"{town.namespace}-refinery"), "Ready")[0]
    _listed(town, REVIEW, "3-0123456789abcdef")
    town.until("a look at it", lambda: town.status("Rig", town.namespace)["events"]["pullsAt"] != "")
    assert 1 == town.status("Rig", town.namespace)["awaitingReview"]
    assert 1 == len(town.all("Workflow"))
    _listed(town, "3-0123456789abcdef")
    town.until("the end", lambda: town.status("Convoy", "demo").get("phase") == "Complete")
    town.until("nobody waits", lambda: not town.status("Rig", town.namespace).get("awaitingReview"))
    assert [] == town.adapter.errors()
