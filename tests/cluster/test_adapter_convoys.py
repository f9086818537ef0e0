"""The adapter on a real apiserver with the real workflow-controller: a convoy is applied, and everything stands in its status."""

from harness.towns import Town, bead, condition


def test_a_convoy_is_worked_to_its_end(town: Town) -> None:
    """Three beads, the third after the others: Workflow, Polecats, and a status that says Complete with every bead merged."""
    town.direct(seconds=0.2)
    town.convoy("demo", bead(1), bead(2), bead(3, 1, 2))
    town.until("the end of the convoy", lambda: town.status("Convoy", "demo").get("phase") == "Complete")
    status = town.status("Convoy", "demo")
    assert ("3/3", ["ap-1", "ap-2", "ap-3"]) == (status["progress"], status["mergedBeads"])
    assert {"ap-1": "Done", "ap-2": "Done", "ap-3": "Done"} == {
        name: each["phase"] for name, each in town.polecats().items()
    }
    assert ("True", "MergeComplete") == condition(town.polecats()["ap-3"], "Merged")
    assert ("True", "Complete") == condition(status, "Complete")
    assert [] == town.adapter.errors()


def test_a_failure_is_told_and_tried_again(town: Town) -> None:
    """A bead that fails, what waits for it, and an attempt that works only on what is not merged."""
    town.play(
        {"seconds": "0.2", "demo-1.ap-2.ap-2-work_0_": '{"code": 11, "outputs": {"reason": "Escalated"}}'}
    )
    town.convoy("demo", bead(1), bead(2), bead(3, 2))
    town.until("the end of the convoy", lambda: town.status("Convoy", "demo").get("phase") == "Failed")
    status = town.status("Convoy", "demo")
    assert (["ap-1"], ["ap-2", "ap-3"]) == (status["completedBeads"], status["failedBeads"])
    waits = {each["bead"]: each["reason"] for each in status["waiting"]}
    assert {"ap-3": "cannot start: ap-2 failed"} == waits
    town.until("the polecat", lambda: town.polecats()["ap-2"].get("phase") == "Stuck")
    assert "Escalated" == town.polecats()["ap-2"]["reason"]

    town.play({"seconds": "0.2"})
    town.patch("Convoy", "demo", {"spec": {"attempt": 1}})
    town.until("the second attempt", lambda: town.status("Convoy", "demo").get("phase") == "Complete")
    status = town.status("Convoy", "demo")
    assert [["ap-2", "ap-3"]] == [train["beads"] for train in status["trains"]]
    assert ["ap-1", "ap-2", "ap-3"] == status["mergedBeads"]
    assert {"demo-1", "demo-1-r1"} == {each["metadata"]["name"] for each in town.all("Workflow")}


def test_beads_are_added_to_a_running_convoy(town: Town) -> None:
    """What was submitted stays; the new bead gets a Workflow of its own, after what it needs."""
    town.direct(seconds=3)
    town.convoy("demo", bead(1))
    town.until("the first Workflow", lambda: bool(town.get("Workflow", "demo-1")))
    town.convoy("demo", bead(1), bead(2, 1))
    town.until("the second train", lambda: len(town.status("Convoy", "demo").get("trains") or ()) == 2)
    reasons = {each["bead"]: each["reason"] for each in town.status("Convoy", "demo")["waiting"]}
    assert "its train demo-2 starts when the trains before it have ended" == reasons["ap-2"]
    assert not town.get("Workflow", "demo-2")
    town.until("the end of the convoy", lambda: town.status("Convoy", "demo").get("phase") == "Complete")
    assert "2/2" == town.status("Convoy", "demo")["progress"]


def test_suspend_and_stop(town: Town) -> None:
    """Suspended, nothing further starts and each bead says why; stopped, the convoy ends and its polecats are Terminated."""
    town.play({"seconds": "1.5", "demo-1.ap-2.ap-2-work_0_": '{"seconds": 600}'})
    town.convoy("demo", bead(1), bead(2, 1))
    town.until("work", lambda: town.polecats().get("ap-1", {}).get("phase") == "Working")
    town.patch("Convoy", "demo", {"spec": {"suspend": True}})
    town.until("the hold", lambda: bool(town.get("Workflow", "demo-1")["spec"].get("suspend")))
    town.until(
        "the condition",
        lambda: condition(town.status("Convoy", "demo"), "Suspended") == ("True", "AskedFor"),
    )
    town.patch("Convoy", "demo", {"spec": {"suspend": False}})
    town.until("the release", lambda: not town.get("Workflow", "demo-1")["spec"].get("suspend"))
    town.until("the second", lambda: town.polecats().get("ap-2", {}).get("phase") == "Working")
    town.patch("Convoy", "demo", {"spec": {"stop": True}})
    town.until("the end", lambda: town.status("Convoy", "demo").get("phase") == "Failed")
    town.until("the polecat", lambda: town.polecats()["ap-2"]["phase"] == "Terminated")
    assert ["ap-1"] == town.status("Convoy", "demo")["completedBeads"]


def test_a_refused_convoy_says_why_and_starts_once_mended(town: Town) -> None:
    """A cycle, named; then the edit that takes it out."""
    town.direct(seconds=0.1)
    town.convoy("demo", bead(1, 2), bead(2, 1))
    town.until(
        "the refusal",
        lambda: condition(town.status("Convoy", "demo"), "Ready") == ("False", "DependencyCycle"),
    )
    assert "ap-1 -> ap-2 -> ap-1" in town.status("Convoy", "demo")["waiting"][0]["reason"]
    assert [] == town.all("Workflow")
    town.convoy("demo", bead(1), bead(2, 1))
    town.until("the end", lambda: town.status("Convoy", "demo").get("phase") == "Complete")


def test_deleting_a_convoy_stops_its_pods(town: Town) -> None:
    """With the convoy go its Polecats, its Workflows and their pods, finalizer or not."""
    town.direct(seconds=600)
    town.convoy("demo", bead(1))
    town.until("work", lambda: town.polecats().get("ap-1", {}).get("phase") == "Working")
    town.delete("Convoy", "demo")
    for kind in ("Workflow", "Pod", "Polecat"):
        town.until(f"the end of every {kind}", lambda kind=kind: not town.all(kind))


def test_a_deadline_ends_what_runs_and_what_waits(town: Town) -> None:
    """The Workflow gets the convoy's time, and a train that would start too late is passed over."""
    town.direct(seconds=600)
    town.convoy("demo", bead(1), bead(2, 1), deadline="4s")
    town.until("the end", lambda: town.status("Convoy", "demo").get("phase") == "Failed")
    town.until("the polecat", lambda: town.polecats()["ap-1"].get("reason") == "TimedOut")


def test_a_spent_budget_lets_nothing_more_start(town: Town) -> None:
    """What the first bead cost is more than all of it: the pod of the second finds the word, and a raised budget goes on."""
    found = '{"code": 22, "outputs": {"reason": "BudgetExceeded"}}'
    town.play(
        {
            "seconds": "0.3",
            "demo-1.ap-1.ap-1-work_0_": '{"outputs": {"cost": "2.00"}}',
            "demo-1.ap-2.ap-2-work_0_": found,
        }
    )
    town.convoy("demo", bead(1), bead(2, 1), budget={"totalUSD": 1})
    town.until("the end", lambda: town.status("Convoy", "demo").get("phase") == "Failed")
    assert ("True", "BudgetExceeded") == condition(town.status("Convoy", "demo"), "BudgetExceeded")
    assert "budget of $1 is spent ($2.00)" in town.get("ConfigMap", "demo-1-tasks-0")["data"]["spent"]
    assert ["ap-1"] == town.status("Convoy", "demo")["mergedBeads"]

    town.patch("Convoy", "demo", {"spec": {"attempt": 1, "budget": {"totalUSD": 5}}})
    town.until("the second attempt", lambda: town.status("Convoy", "demo").get("phase") == "Complete")
    assert ("", "") == condition(town.status("Convoy", "demo"), "BudgetExceeded")
