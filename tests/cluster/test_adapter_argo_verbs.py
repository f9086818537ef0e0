"""What people do with Argo's own tools leaves true statuses, and is never undone by the adapter."""

import os
import subprocess

import pytest
from harness.running import program
from harness.towns import Town, bead, condition

FAILS = '{"code": 11, "outputs": {"reason": "Escalated"}}'
NAMED = "templateName=polecat,phase=Failed"
"""Names the polecats that failed to `argo retry`, as docs/argo.md tells people to."""


def _argo(town: Town, *arguments: str) -> None:
    subprocess.run(
        [str(program("argo")), *arguments, "-n", town.namespace],
        env={**os.environ, "KUBECONFIG": str(town.cluster.kubeconfig), "ARGO_SERVER": ""},
        check=True,
        capture_output=True,
        text=True,
    )


def _phase(town: Town) -> str:
    return str(town.status("Convoy", "demo").get("phase", ""))


def _polecat(town: Town, name: str) -> tuple[str, str]:
    status = town.polecats().get(name, {})
    return status.get("phase", ""), status.get("reason", "")


def test_suspend_and_resume(town: Town) -> None:
    """What a hand suspended stays suspended until a hand resumes it, and the convoy says whose hand it was not."""
    town.play({"seconds": "1.5"})
    town.convoy("demo", bead(1), bead(2, 1))
    town.until("work", lambda: _polecat(town, "ap-1")[0] == "Working")
    _argo(town, "suspend", "demo-1")
    town.until(
        "the sentence", lambda: condition(town.status("Convoy", "demo"), "Suspended") == ("True", "ByHand")
    )
    town.patch("Convoy", "demo", {"metadata": {"labels": {"touched": "yes"}}})
    town.until("the end of the first", lambda: _polecat(town, "ap-1")[0] == "Done")
    assert town.get("Workflow", "demo-1")["spec"]["suspend"] is True
    _argo(town, "resume", "demo-1")
    town.until("the end", lambda: _phase(town) == "Complete")
    assert ("", "") == condition(town.status("Convoy", "demo"), "Suspended")


@pytest.mark.parametrize("verb", ["stop", "terminate"])
def test_stop_and_terminate(town: Town, verb: str) -> None:
    """The bead at work is Terminated, the one behind it did not run, and the convoy is Failed."""
    town.direct(seconds=600)
    town.convoy("demo", bead(1), bead(2, 1))
    town.until("work", lambda: _polecat(town, "ap-1")[0] == "Working")
    _argo(town, verb, "demo-1")
    town.until("the end", lambda: _phase(town) == "Failed")
    town.until("the polecat", lambda: _polecat(town, "ap-1") == ("Terminated", "Stopped"))


@pytest.mark.parametrize(
    "how", [(), ("--restart-successful", "--node-field-selector", NAMED)], ids=["plain", "named"]
)
def test_retry_opens_what_was_closed(town: Town, how: tuple[str, ...]) -> None:
    """The failed bead runs again and is done: the same Workflow, and Failed becomes InProgress becomes Complete, held meanwhile."""
    _fail(town, "demo-1.ap-1.ap-1-work_0_", FAILS)
    uid = town.get("Workflow", "demo-1")["metadata"]["uid"]
    _argo(town, "retry", "demo-1", *how)
    town.until("work", lambda: _phase(town) == "InProgress")
    town.until("the hold", lambda: _held(town))
    town.until("the polecat", lambda: _polecat(town, "ap-1")[0] == "Working")
    town.until("the end", lambda: _phase(town) == "Complete")
    town.until("the polecat's end", lambda: _polecat(town, "ap-1") == ("Done", "Merged"))
    town.until("the release", lambda: not _held(town))
    assert (uid, ["ap-1", "ap-2"]) == (
        town.get("Workflow", "demo-1")["metadata"]["uid"],
        town.status("Convoy", "demo")["mergedBeads"],
    )


def test_a_resubmitted_copy_is_none_of_ours(town: Town) -> None:
    """It carries our labels and owner, and changes nothing."""
    town.play({"seconds": "0.3", "demo-1.ap-1.ap-1-work_0_": FAILS})
    town.convoy("demo", bead(1))
    town.until("the failure", lambda: _phase(town) == "Failed")
    _argo(town, "resubmit", "demo-1")
    town.until("the copy to end", lambda: _copies_ended(town))
    assert ("Failed", ("Stuck", "Escalated")) == (_phase(town), _polecat(town, "ap-1"))


def test_deleted_when_it_had_ended(town: Town) -> None:
    """History goes, what it told stays, and nothing runs again."""
    town.direct(seconds=0.2)
    town.convoy("demo", bead(1), bead(2, 1))
    town.until("the end", lambda: _phase(town) == "Complete")
    before = town.status("Convoy", "demo")
    _argo(town, "delete", "demo-1")
    town.until("its end", lambda: not town.get("Workflow", "demo-1"))
    town.patch("Convoy", "demo", {"metadata": {"labels": {"touched": "yes"}}})
    town.until("a look", lambda: town.adapter.metrics()["gastown_queue_depth"] == 0)
    assert before["mergedBeads"] == town.status("Convoy", "demo")["mergedBeads"]
    assert ("Complete", []) == (_phase(town), town.all("Workflow"))


def test_deleted_while_it_ran(town: Town) -> None:
    """What had ended stays done; what ran was stopped by hand; another attempt works on that alone."""
    town.play({"seconds": "0.2", "demo-1.ap-2.ap-2-work_0_": '{"seconds": 600}'})
    town.convoy("demo", bead(1), bead(2))
    town.until("one to be merged", lambda: town.status("Convoy", "demo").get("mergedBeads") == ["ap-1"])
    town.until("the other at work", lambda: _polecat(town, "ap-2")[0] == "Working")
    _argo(town, "delete", "demo-1")
    town.until("the end", lambda: _phase(town) == "Failed")
    town.until("the polecat", lambda: _polecat(town, "ap-2") == ("Terminated", "Stopped"))
    assert ["ap-1"] == town.status("Convoy", "demo")["mergedBeads"]
    town.patch("Convoy", "demo", {"spec": {"attempt": 1}})
    town.until("the second attempt", lambda: _phase(town) == "Complete")
    assert [["ap-2"]] == [train["beads"] for train in town.status("Convoy", "demo")["trains"]]


def _fail(town: Town, part: str, how: str) -> None:
    """Two beads, of which one fails in one pod; afterwards nothing fails any more."""
    town.play({"seconds": "0.3", part: how})
    town.convoy("demo", bead(1), bead(2))
    town.until("the failure", lambda: _phase(town) == "Failed")
    town.until("the release", lambda: not _held(town))
    town.play({"seconds": "1"})


def _held(town: Town) -> bool:
    return bool(town.get("Workflow", "demo-1")["metadata"].get("finalizers"))


def _copies_ended(town: Town) -> bool:
    copies = [each for each in town.all("Workflow") if each["metadata"]["name"] != "demo-1"]
    return bool(copies) and all(each.get("status", {}).get("finishedAt") for each in copies)
