"""A convoy from its first reconcile to its last, by the whole adapter: what is made, in which order, and what its status says."""

import json
from typing import Any

from inmemory import Fault
from playtown import MERGED, REFUSED, WORKING, Bead, Town, bead, condition


def _names(town: Town, kind: str) -> list[str]:
    return sorted(each["metadata"]["name"] for each in town.all(kind))


async def _ended(town: Town, name: str, phase: str = "Complete") -> None:
    await town.until(f"{name} {phase}", lambda: town.status("Convoy", name).get("phase") == phase)


async def test_a_convoy_is_worked_to_its_end(town: Town) -> None:
    """Workflow, Polecats and texts are made; the nodes of each bead stand in its Polecat, their sum in the convoy."""
    town.rig()
    town.convoy("demo", bead(1), bead(2, 1))
    workflow = await town.workflow("demo-1")
    assert ["ap-1", "ap-2"] == sorted(town.polecats())
    assert "task.ap-1.json" in town.get("ConfigMap", "demo-1-tasks-0")["data"]
    assert "Convoy" == workflow["metadata"]["ownerReferences"][0]["kind"]
    town.show("demo-1", ap_1=WORKING)
    await town.until("work", lambda: town.phases()["ap-1"] == "Working")
    town.show("demo-1", ap_1=MERGED, ap_2=WORKING)
    await town.until("the second", lambda: town.phases()["ap-2"] == "Working")
    await town.until("the sum", lambda: town.status("Convoy", "demo")["progress"] == "1/2")
    town.show("demo-1", ap_1=MERGED, ap_2=MERGED)
    town.end("demo-1")
    await _ended(town, "demo")
    assert {"ap-1": "Done", "ap-2": "Done"} == town.phases()
    assert ("True", "Complete") == condition(town.status("Convoy", "demo"), "Complete")


async def test_a_failure_is_worked_again_by_the_next_attempt(town: Town) -> None:
    """The second attempt carries what is not merged, under a name of its own; what the first one merged stays merged."""
    town.rig()
    town.convoy("demo", bead(1), bead(2))
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=MERGED, ap_2=Bead(work="Failed", told={"reason": "Escalated"}))
    town.end("demo-1", "Failed")
    await _ended(town, "demo", "Failed")
    assert ("Stuck", "Escalated") == (town.phases()["ap-2"], town.polecats()["ap-2"]["reason"])
    town.patch("Convoy", "demo", {"spec": {"attempt": 1}})
    await town.workflow("demo-1-r1")
    town.show("demo-1-r1", ap_2=MERGED)
    town.end("demo-1-r1")
    await _ended(town, "demo")
    assert ["ap-1", "ap-2"] == town.status("Convoy", "demo")["mergedBeads"]
    assert {"ap-1": "Done", "ap-2": "Done"} == town.phases()


async def test_an_answered_bead_is_worked_again_alone(town: Town) -> None:
    """GitOps answers with fields: the next attempt carries this bead and what waited for it, and its text has the words."""
    town.rig()
    town.convoy("demo", bead(1), bead(2), bead(3, 1))
    await town.workflow("demo-1")
    asks = Bead(work="Failed", told={"reason": "Escalated", "summary": "which colour?"})
    town.show("demo-1", ap_1=asks, ap_2=asks)
    town.end("demo-1", "Failed")
    await _ended(town, "demo", "Failed")
    said = {"bead": "ap-1", "question": "which colour?", "words": "blue {{workflow.name}}"}
    town.patch("Convoy", "demo", {"spec": {"attempt": 1, "answers": [said], "retry": ["ap-1"]}})
    workflow = await town.workflow("demo-1-r1")
    dag = next(each for each in workflow["spec"]["templates"] if each["name"] == "convoy")
    assert ["ap-1", "ap-3"] == [each["name"] for each in dag["dag"]["tasks"]]
    assert "{{workflow.name}}" not in json.dumps(workflow["spec"])
    prompt = json.loads(town.get("ConfigMap", "demo-1-r1-tasks-0")["data"]["task.ap-1.json"])["prompt"]
    assert prompt.endswith("> which colour?\n\nThe person says:\n\nblue {{workflow.name}}\n")
    town.show("demo-1-r1", ap_1=MERGED, ap_3=MERGED)
    town.end("demo-1-r1")
    await town.until("two done", lambda: town.status("Convoy", "demo")["progress"] == "2/3")
    await _ended(town, "demo", "Failed")
    assert ("Stuck", "Escalated") == (town.phases()["ap-2"], town.polecats()["ap-2"]["reason"])


async def test_held_work_is_landed_by_a_merge_alone(town: Town) -> None:
    """The first Workflow works what needs nothing and merges nothing; the next one merges what was let in, then works what needs it."""
    town.rig()
    town.convoy("demo", bead(1), bead(2, 1), held=True)
    first = await town.workflow("demo-1")
    assert {"ap-1": ["ap-1-work"]} == _tasks(first)
    town.show("demo-1", ap_1=Bead(work="Succeeded", told={"branch": "polecat/ap-1"}))
    town.end("demo-1")
    await town.until("held", lambda: town.polecats().get("ap-1", {}).get("reason") == "Held")
    await town.until("the sum", lambda: town.status("Convoy", "demo")["phases"].get("merging") == 1)
    status = town.status("Convoy", "demo")
    assert ("InProgress", 1) == (status["phase"], status["phases"]["waiting"])
    town.patch("Convoy", "demo", {"spec": {"attempt": 1, "land": ["ap-1"], "retry": ["ap-1"]}})
    second = await town.workflow("demo-1-r1")
    assert {"ap-1": ["ap-1-merge", "ap-1-again"], "ap-2": ["ap-2-work"]} == _tasks(second)


def _tasks(workflow: dict[str, Any]) -> dict[str, list[str]]:
    templates = {each["name"]: each for each in workflow["spec"]["templates"]}
    beads = [each["template"] for each in templates["convoy"]["dag"]["tasks"]]
    return {bead: [each["name"] for each in templates[bead]["dag"]["tasks"]] for bead in beads}


async def test_beads_that_are_added_get_a_workflow_after_the_first(town: Town) -> None:
    """What was submitted stays as it was; the new bead says what it waits for."""
    town.rig()
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    town.patch("Convoy", "demo", {"spec": {"beads": [bead(1), bead(2, 1)]}})
    await town.until("the second train", lambda: len(town.status("Convoy", "demo")["trains"]) == 2)
    waits = {each["bead"]: each["reason"] for each in town.status("Convoy", "demo")["waiting"]}
    assert "its train demo-2 starts when the trains before it have ended" == waits["ap-2"]
    assert ["demo-1"] == _names(town, "Workflow")
    town.show("demo-1", ap_1=MERGED)
    town.end("demo-1")
    await town.workflow("demo-2")
    assert ["ap-1", "ap-2"] == sorted(town.polecats())


async def test_suspended_and_stopped_convoys_suspend_and_stop_their_workflows(town: Town) -> None:
    """What a person suspended with Argo's tools stays suspended when the convoy goes on; a stop is stronger than both."""
    town.rig()
    town.convoy("demo", bead(1))
    town.convoy("other", bead(2))
    for name in ("demo-1", "other-1"):
        await town.workflow(name)
    town.argo("Workflow", "other-1", lambda old: old | {"spec": old["spec"] | {"suspend": True}})
    for name in ("demo", "other"):
        town.patch("Convoy", name, {"spec": {"suspend": True}})
    await town.until("suspend", lambda: bool(town.get("Workflow", "demo-1")["spec"].get("suspend")))
    assert ("True", "AskedFor") == condition(town.status("Convoy", "demo"), "Suspended")
    for name in ("demo", "other"):
        town.patch("Convoy", name, {"spec": {"suspend": False}})
    await town.until("resume", lambda: not town.get("Workflow", "demo-1")["spec"].get("suspend"))
    await town.rest()
    assert town.get("Workflow", "other-1")["spec"]["suspend"]
    assert ("True", "ByHand") == condition(town.status("Convoy", "other"), "Suspended")
    town.patch("Convoy", "other", {"spec": {"stop": True}})
    await town.until("stop", lambda: town.get("Workflow", "other-1")["spec"].get("shutdown") == "Stop")
    assert "suspend" not in town.get("Workflow", "other-1")["spec"]


async def test_a_terminated_polecat_ends_its_pod_alone(town: Town) -> None:
    """A file beside the orders tells every pod of it; the pod that runs is deleted once, and no other one."""
    town.rig()
    town.convoy("demo", bead(1), bead(2))
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=WORKING, ap_2=WORKING)
    await town.until("work", lambda: set(town.phases().values()) == {"Working"})
    pods = {name: town.polecats()[name]["podName"] for name in ("ap-1", "ap-2")}
    for name in pods.values():
        town.make("Pod", name, {"containers": []})
    polecat = next(each for each in town.all("Polecat") if each["spec"]["beadID"] == "ap-1")
    town.patch("Polecat", polecat["metadata"]["name"], {"spec": {"desiredState": "Terminated"}})
    await town.until("the pod's end", lambda: _names(town, "Pod") == [pods["ap-2"]])
    data = town.get("ConfigMap", "demo-1-tasks-0")["data"]
    assert any("terminated by hand" in text for text in data.values())
    town.make("Pod", pods["ap-1"], {"containers": []})
    await town.rest()
    assert sorted(pods.values()) == _names(town, "Pod")


async def test_a_spent_budget_lets_no_further_agent_start(town: Town) -> None:
    """The pods find the sentence; a raised budget and a further attempt go on."""
    town.rig()
    town.convoy("demo", bead(1), bead(2, 1), budget={"totalUSD": 1})
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=Bead(work="Succeeded", merge="Succeeded", told={"cost": "2.00"}), ap_2=WORKING)
    await town.until("the file", lambda: "spent" in town.get("ConfigMap", "demo-1-tasks-0")["data"])
    assert "budget of $1 is spent ($2.00)" in town.get("ConfigMap", "demo-1-tasks-0")["data"]["spent"]
    assert ("True", "BudgetExceeded") == condition(town.status("Convoy", "demo"), "BudgetExceeded")


async def test_a_deadline_passes_over_what_has_not_started(town: Town) -> None:
    """Time alone makes the difference: nobody writes anything, and the second train is left out."""
    town.rig()
    town.convoy("demo", bead(1), deadline="10m")
    await town.workflow("demo-1")
    town.patch("Convoy", "demo", {"spec": {"beads": [bead(1), bead(2, 1)]}})
    town.show("demo-1", ap_1=WORKING)
    await town.until("two trains", lambda: len(town.status("Convoy", "demo")["trains"]) == 2)
    await town.rest(700)
    trains = town.status("Convoy", "demo")["trains"]
    assert ["Running", "Omitted"] == [each["phase"] for each in trains]


async def test_a_refused_convoy_says_why_and_starts_once_mended(town: Town) -> None:
    """A cycle, a rig that is not there, an agent that nobody knows: nothing is made until it makes sense."""
    town.rig()
    town.convoy("cycle", bead(1, 2), bead(2, 1))
    town.convoy("nowhere", bead(3), rigRef="none")
    town.convoy("nobody", bead(4), agent="nobody")
    await town.rest()
    told = {
        name: condition(town.status("Convoy", name), "Ready")[1] for name in ("cycle", "nowhere", "nobody")
    }
    assert {"cycle": "DependencyCycle", "nowhere": "RigNotFound", "nobody": "AgentRefused"} == told
    assert [] == _names(town, "Workflow")
    town.patch("Convoy", "cycle", {"spec": {"beads": [bead(1), bead(2, 1)]}})
    town.make("Rig", "none", {"gitURL": "https://git.test/none.git", "beadsPrefix": "no"})
    await town.workflow("cycle-1")
    await town.workflow("nowhere-1")


async def test_a_convoy_finds_its_rig_by_the_prefix_of_its_beads(town: Town) -> None:
    """Where it names none; two rigs of one prefix are none."""
    town.rig()
    town.make("Convoy", "demo", {"description": "d", "beads": [bead(1)]})
    await town.workflow("demo-1")
    assert "ap" == town.status("Convoy", "demo")["rig"]
    town.make("Rig", "twin", {"gitURL": "https://git.test/twin.git", "beadsPrefix": "ap"})
    await town.rest()
    town.make("Convoy", "late", {"description": "d", "beads": [bead(2)]})
    await town.rest()
    assert ("False", "RigNotFound") == condition(town.status("Convoy", "late"), "Ready")


async def test_a_strangers_workflow_of_that_name_is_left_alone(town: Town) -> None:
    """The convoy says who is in its way, and goes on when it has gone."""
    town.rig()
    town.make("Workflow", "demo-1", {"suspend": True})
    town.convoy("demo", bead(1))
    await town.until(
        "the refusal", lambda: condition(town.status("Convoy", "demo"), "Ready") == ("False", "NameTaken")
    )
    assert {"suspend": True} == town.get("Workflow", "demo-1")["spec"]
    town.delete("Workflow", "demo-1")
    await town.until("ours", lambda: bool(town.get("Workflow", "demo-1")), seconds=400)
    assert "templates" in town.get("Workflow", "demo-1")["spec"]


async def test_a_polecat_of_that_name_belongs_to_another(town: Town) -> None:
    """Then ours has a mark of its convoy; where that is taken as well the convoy says so."""
    town.rig()
    town.make("Polecat", "demo", {"rig": "ap"})
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    ours = next(each for each in town.all("Polecat") if each["spec"].get("beadID") == "ap-1")
    assert ours["metadata"]["name"].startswith("demo-")
    town.convoy("two", bead(2))
    town.convoy("zwei", bead(3))
    await town.workflow("zwei-1")


async def test_a_polecat_that_a_hand_deleted_is_made_again(town: Town) -> None:
    """With the status that its nodes give."""
    town.rig()
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=WORKING)
    await town.until("work", lambda: town.phases().get("ap-1") == "Working")
    before = town.all("Polecat")[0]["metadata"]
    town.delete("Polecat", before["name"])
    await town.until("another", lambda: town.phases().get("ap-1") == "Working", seconds=400)
    assert before["uid"] != town.all("Polecat")[0]["metadata"]["uid"]


async def test_an_answer_that_is_lost_makes_nothing_twice(town: Town) -> None:
    """Each create is carried out and its answer cut: the next try finds what the first one made."""
    town.server.faults = [
        Fault("POST", plural, code=0, after=True) for plural in ("polecats", "workflows", "refineries")
    ]
    town.server.faults.append(Fault("PATCH", "configmaps", code=0, after=True))
    town.rig()
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    await town.rest()
    assert (["demo-1"], ["ap-1"]) == (_names(town, "Workflow"), sorted(town.polecats()))
    assert not any(each.times for each in town.server.faults)
    town.show("demo-1", ap_1=MERGED)
    town.end("demo-1")
    await _ended(town, "demo")


async def test_a_train_that_comes_to_nothing_is_not_run_again(town: Town) -> None:
    """A Workflow that a hand deleted, past our finalizer: the convoy ends as failed, its polecat as stopped."""
    town.rig()
    town.convoy("demo", bead(1), bead(2))
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=MERGED, ap_2=WORKING)
    await town.until("one done", lambda: town.phases() == {"ap-1": "Done", "ap-2": "Working"})
    town.argo("Workflow", "demo-1", lambda old: old | {"metadata": old["metadata"] | {"finalizers": []}})
    town.delete("Workflow", "demo-1")
    await _ended(town, "demo", "Failed")
    await town.until("the polecat", lambda: town.phases() == {"ap-1": "Done", "ap-2": "Terminated"})
    await town.rest(400)
    assert [] == _names(town, "Workflow")
    assert "Stopped" == town.polecats()["ap-2"]["reason"]


async def test_a_hand_that_writes_into_a_status_sees_it_mended(town: Town) -> None:
    """That of a convoy, and that of a polecat."""
    town.rig()
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=MERGED)
    town.end("demo-1")
    await _ended(town, "demo")
    polecat = town.all("Polecat")[0]["metadata"]["name"]
    town.patch("Polecat", polecat, {"status": {"phase": "Stuck", "reason": "Failed"}}, status=True)
    town.patch("Convoy", "demo", {"status": {"phase": "Failed", "progress": "0/1"}}, status=True)
    await town.until("the truth", lambda: town.phases() == {"ap-1": "Done"})
    await _ended(town, "demo")
    assert "1/1" == town.status("Convoy", "demo")["progress"]


async def test_nodes_that_are_stored_elsewhere_leave_the_status_as_it_was(town: Town) -> None:
    """Without an argo-server to ask: the convoy says that it is old, and keeps what it knew."""
    town.rig()
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=WORKING)
    await town.until("work", lambda: town.status("Convoy", "demo").get("phase") == "InProgress")
    offloaded = {"phase": "Running", "offloadNodeStatusVersion": "fnv:1"}
    town.argo("Workflow", "demo-1", lambda old: old | {"status": offloaded})
    await town.until(
        "the condition",
        lambda: condition(town.status("Convoy", "demo"), "Ready") == ("False", "NodesOffloaded"),
    )
    assert "InProgress" == town.status("Convoy", "demo")["phase"]


async def test_user_text_travels_in_texts_alone(town: Town) -> None:
    """Braces that Argo would expand stand in no Workflow."""
    town.rig()
    town.convoy("demo", bead(1, title="{{workflow.name}}", description="{{=1}}"))
    workflow = await town.workflow("demo-1")
    assert "{{=1}}" not in json.dumps(workflow["spec"])
    assert any("{{=1}}" in text for text in town.get("ConfigMap", "demo-1-tasks-0")["data"].values())


async def test_a_merge_that_is_refused_is_told_by_the_refinery(town: Town) -> None:
    """Its polecat is stuck, and one more merge has failed."""
    town.rig()
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=REFUSED)
    town.end("demo-1", "Failed")
    await _ended(town, "demo", "Failed")
    assert ("Stuck", "GateFailed") == (town.phases()["ap-1"], town.polecats()["ap-1"]["reason"])
    refinery = f"{town.settings.namespace}/ap-refinery"
    await town.until("the sum", lambda: town.status("Refinery", refinery)["mergesSummary"]["failed"] == 1)
