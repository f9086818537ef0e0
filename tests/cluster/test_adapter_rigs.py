"""Rig, Witness and Refinery on the real apiserver: made, counted, mended, and the limit of polecats kept live."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.running import Cluster
from harness.towns import Town, bead, condition, governed

from crds import Rig
from workflows.compile import CompileSettings, compile_check

REFUSED = '{"code": 20, "seconds": 0.1, "outputs": {"reason": "AuthFailed"}}'


@pytest.fixture
def town(light: Cluster, light_workers: str, tmp_path: Path) -> Iterator[Town]:
    """A namespace with a rig of two polecats at most, and an adapter that works in it."""
    rig = {"settings": {"maxPolecats": 2}, "baseBranch": "trunk"}
    with governed(light, light_workers, tmp_path, rig=rig) as town:
        yield town


def test_a_rig_has_a_witness_and_a_refinery(town: Town) -> None:
    """Made with it, on its branch; made again when a hand deletes one; gone with it."""
    rig, refinery = town.namespace, f"{town.namespace}-refinery"
    town.until("Ready", lambda: condition(town.status("Rig", rig), "Ready") == ("True", "Ready"))
    assert "trunk" == town.get("Refinery", refinery)["spec"]["targetBranch"]
    before = town.get("Refinery", refinery)["metadata"]["uid"]
    town.delete("Refinery", refinery)
    town.until(
        "another refinery",
        lambda: town.get("Refinery", refinery).get("metadata", {}).get("uid", before) != before,
    )
    town.until("Ready again", lambda: town.status("Rig", rig).get("phase") == "Ready")


def test_a_repository_that_refuses_holds_its_convoys(town: Town) -> None:
    """The step's sentence stands in the rig and in what waits; a person asks again, and all goes on."""
    rig = town.namespace

    def reachable() -> tuple[str, str]:
        return condition(town.status("Rig", rig), "RepositoryReachable")

    town.until("an answer", lambda: reachable() == ("True", "Reachable"))
    town.play(dict.fromkeys(_questions(town, recheck="1"), REFUSED) | {"seconds": "0.2"})
    town.patch("Rig", rig, {"metadata": {"annotations": {"gastown.io/read-again": "1"}}})
    town.until("the refusal", lambda: reachable() == ("False", "AuthFailed"))
    status = town.status("Rig", rig)
    assert ("Degraded", ("False", "RepositoryUnreachable")) == (status["phase"], condition(status, "Ready"))
    town.convoy("demo", bead(1))
    town.until("the reason", lambda: bool(town.status("Convoy", "demo").get("waiting")))
    assert town.status("Convoy", "demo")["waiting"][0]["reason"].startswith(f"rig {rig}: ")
    town.patch("Rig", rig, {"metadata": {"annotations": {"gastown.io/read-again": "2"}}})
    town.until("the end", lambda: town.status("Convoy", "demo").get("phase") == "Complete")
    assert ("True", "Reachable") == reachable()


def test_the_limit_holds_and_changes_live(town: Town) -> None:
    """Two of four work, the others say what they wait for; raised to four, all do, and the counts follow."""
    rig = town.namespace
    town.direct(seconds=600)
    town.convoy("demo", *(bead(number) for number in range(1, 5)))

    def working() -> int:
        return sum(each.get("phase") == "Working" for each in town.polecats().values())

    town.until("two at work", lambda: working() == 2)
    town.until("four polecats", lambda: town.status("Rig", rig).get("polecatCount") == 4)

    def waits() -> set[str]:
        return {each["reason"] for each in town.status("Convoy", "demo").get("waiting", ())}

    town.until("the reason to wait", lambda: waits() == {"waits for a free polecat of the rig"})
    town.rig(settings={"maxPolecats": 4}, baseBranch="trunk")
    town.until("four at work", lambda: working() == 4)
    town.until("the sum", lambda: _summary(town).get("running") == 4)
    assert 1 == town.status("Rig", rig)["activeConvoys"]


def test_the_refinery_counts_its_merges(town: Town) -> None:
    """Two merged, one refused by a gate; the last merge is named, and the queue is empty."""
    refinery = f"{town.namespace}-refinery"
    refused = '{"code": 31, "outputs": {"reason": "GateFailed", "outcome": "none", "sha": ""}}'
    town.play({"seconds": "0.2", "demo-1.ap-2.ap-2-merge_0_": refused})
    town.convoy("demo", bead(1), bead(2), bead(3))
    town.until("the end", lambda: town.status("Convoy", "demo").get("phase") == "Failed")
    town.until(
        "the sum",
        lambda: (
            town.status("Refinery", refinery).get("mergesSummary")
            == {"total": 3, "succeeded": 2, "failed": 1, "pending": 0}
        ),
    )
    status = town.status("Refinery", refinery)
    assert ("Idle", 0) == (status["phase"], status["queueLength"])
    assert status["lastMerge"]["bead"] in ("ap-1", "ap-3")


def test_silence_makes_stuck_and_not_the_time_of_work(town: Town) -> None:
    """After the threshold without activity the witness names the polecat, and is Degraded."""
    witness = f"{town.namespace}-witness"
    town.until("the witness", lambda: bool(town.get("Witness", witness)))
    town.patch("Witness", witness, {"spec": {"stuckThreshold": "3s"}})
    town.direct(seconds=600)
    town.convoy("demo", bead(1))
    town.until("work", lambda: _summary(town).get("running") == 1)
    town.until("stuck", lambda: town.status("Witness", witness).get("phase") == "Degraded")
    (stuck,) = town.status("Witness", witness)["stuck"]
    assert ("ap-1", "no activity for 3s") == (stuck["bead"], stuck["reason"])
    assert ("False", "IssuesDetected") == condition(town.status("Witness", witness), "Ready")


def _questions(town: Town, *, recheck: str) -> list[str]:
    """The names of the nodes that will ask the rig's repository, once the annotation says so."""
    manifest = town.get("Rig", town.namespace)
    annotations = manifest["metadata"].get("annotations") or {}
    manifest["metadata"]["annotations"] = annotations | {"gastown.io/read-again": recheck}
    settings = CompileSettings(namespace=town.namespace)
    rig = Rig.model_validate(manifest)
    return [compile_check(rig, settings, attempt=number).workflow["metadata"]["name"] for number in range(2)]


def _summary(town: Town) -> dict[str, int]:
    found: dict[str, int] = town.status("Witness", f"{town.namespace}-witness").get("polecatsSummary") or {}
    return found
