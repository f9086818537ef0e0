"""A rig with its Witness and Refinery, by the whole adapter: made, counted, asked whether its repository answers, and its limit kept."""

from inmemory import Fault
from playtown import MERGED, REFUSED, WORKING, Bead, Town, bead, condition
from playtown.argo import fail, succeed
from playtown.town import HOME

REFINERY, WITNESS = f"{HOME}/ap-refinery", f"{HOME}/ap-witness"


def _check(town: Town) -> str:
    """The newest Workflow that asks the repository."""
    found = [each["metadata"] for each in town.server.store.all(town.resource("Workflow"), HOME)]
    open_ = [each for each in found if each["labels"].get("workflows.argoproj.io/completed") != "true"]
    return f"{HOME}/{max(open_, key=lambda each: int(each['resourceVersion']))['name']}" if open_ else ""


def _reachable(town: Town) -> tuple[str, str]:
    return condition(town.status("Rig", "ap"), "RepositoryReachable")


async def test_a_rig_has_a_witness_and_a_refinery(town: Town) -> None:
    """On its branch; made again when a hand deletes one; gone with it."""
    town.rig(baseBranch="trunk")
    await town.until("Ready", lambda: condition(town.status("Rig", "ap"), "Ready") == ("True", "Ready"))
    assert "trunk" == town.get("Refinery", REFINERY)["spec"]["targetBranch"]
    for kind, name in (("Refinery", REFINERY), ("Witness", WITNESS)):
        before = town.get(kind, name)["metadata"]["uid"]
        town.delete(kind, name)
        await town.until(f"another {kind}", lambda kind=kind, name=name: bool(town.get(kind, name)))
        assert before != town.get(kind, name)["metadata"]["uid"]
    town.delete("Rig", "ap")
    assert ({}, {}) == (town.get("Refinery", REFINERY), town.get("Witness", WITNESS))


async def test_a_child_that_cannot_be_made_is_named(town: Town) -> None:
    """And made once it can be."""
    town.server.faults = [Fault("POST", "refineries", code=403, times=3)]
    town.rig()
    await town.until(
        "the refusal",
        lambda: condition(town.status("Rig", "ap"), "Ready") == ("False", "ChildCreationFailed"),
    )
    await town.until("Ready", lambda: town.status("Rig", "ap")["phase"] == "Ready", seconds=1000)


async def test_what_belongs_to_a_rig_is_counted(town: Town) -> None:
    """Polecats, convoys under way, beads of its stores; less when there are less."""
    town.rig()
    town.convoy("demo", bead(1), bead(2))
    town.convoy("other", bead(3))
    for name in ("demo-1", "other-1"):
        await town.workflow(name)
    town.show("demo-1", ap_1=WORKING)
    await town.until("three", lambda: town.status("Rig", "ap")["polecatCount"] == 3)
    await town.until("both convoys", lambda: town.status("Rig", "ap")["activeConvoys"] == 2)
    town.delete("Convoy", "other")
    await town.until("one convoy", lambda: town.status("Rig", "ap")["activeConvoys"] == 1)
    await town.until("two", lambda: town.status("Rig", "ap")["polecatCount"] == 2)
    await town.until(
        "the witness", lambda: town.status("Witness", WITNESS)["polecatsSummary"]["running"] == 1
    )


async def test_sums_of_a_refinery_do_not_go_back(town: Town) -> None:
    """Workflows are deleted in their time; what they merged was merged. A failure counts beside."""
    town.rig()
    town.convoy("demo", bead(1))
    town.convoy("other", bead(2))
    for name in ("demo-1", "other-1"):
        await town.workflow(name)
    town.show("demo-1", ap_1=MERGED)
    town.end("demo-1")
    town.show("other-1", ap_2=Bead(work="Succeeded", merge="Succeeded", outcome="conflict"))
    await town.until("a merge", lambda: town.status("Refinery", REFINERY)["mergesSummary"]["succeeded"] == 1)
    await town.until("a conflict", lambda: town.status("Refinery", REFINERY)["conflicts"] == 1)
    last = town.status("Refinery", REFINERY)["lastMerge"]
    for name in ("demo", "other"):
        town.delete("Convoy", name)
    await town.until("both gone", lambda: not town.all("Workflow"))
    await town.rest(400)
    status = town.status("Refinery", REFINERY)
    assert (1, 1, last) == (status["mergesSummary"]["succeeded"], status["conflicts"], status["lastMerge"])


async def test_a_changed_rig_lets_its_convoys_go_on(town: Town) -> None:
    """A convoy names an agent that the rig does not describe yet; nobody touches the convoy."""
    town.rig()
    town.convoy("demo", bead(1), agent="own")
    await town.until("the refusal", lambda: condition(town.status("Convoy", "demo"), "Ready")[0] == "False")
    await town.rest()
    agents = {"own": {"image": "example.com/own:1", "command": ["own"]}}
    town.patch("Rig", "ap", {"spec": {"agents": [{"name": name, **each} for name, each in agents.items()]}})
    await town.until("the Workflow", lambda: bool(town.get("Workflow", "demo-1")), seconds=60)


async def test_a_repository_that_refuses_holds_its_convoys(town: Town) -> None:
    """The step's sentence stands in the rig and in what waits; it is asked again, later each time, and all goes on."""
    town.rig()
    await town.until("the question", lambda: bool(_check(town)))
    told = "the key was refused (exit code 20): add a deploy key"
    town.argo(
        "Workflow", _check(town), lambda old: fail(old, at=town.time, message=told, reason="AuthFailed")
    )
    await town.until("the refusal", lambda: _reachable(town) == ("False", "AuthFailed"))
    town.convoy("demo", bead(1))
    await town.until("the reason", lambda: bool(town.status("Convoy", "demo").get("waiting")))
    assert town.status("Convoy", "demo")["waiting"][0]["reason"].startswith("rig ap: ")
    assert "Degraded" == town.status("Rig", "ap")["phase"]
    assert not town.get("Workflow", "demo-1")
    await town.rest(25)
    assert not _check(town)
    await town.until("the next question", lambda: bool(_check(town)), seconds=60)
    town.argo("Workflow", _check(town), lambda old: succeed(old, at=town.time))
    await town.until("the answer", lambda: _reachable(town) == ("True", "Reachable"))
    await town.workflow("demo-1")


async def test_a_question_that_cannot_be_asked_is_told(town: Town) -> None:
    """The adapter may not make Workflows at home: the rig says so, and works all the same."""
    town.server.faults = [Fault("POST", HOME, code=403, times=2), Fault("PATCH", HOME, code=403, times=2)]
    town.make("Refinery", REFINERY, {"rigRef": "ap"})
    town.make("Witness", WITNESS, {"rigRef": "ap"})
    town.rig()
    await town.until("the word", lambda: _reachable(town) == ("Unknown", "NotChecked"))


async def test_the_limit_of_polecats_is_kept_where_argo_reads_it(town: Town) -> None:
    """A change holds at once, in every namespace in which something works."""
    town.rig(settings={"maxPolecats": 2})
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    await town.until("the limit", lambda: "2" in _limits(town))
    town.patch("Rig", "ap", {"spec": {"settings": {"maxPolecats": 5}}})
    await town.until("the new limit", lambda: "5" in _limits(town))


async def test_a_witness_names_who_is_silent(town: Town) -> None:
    """Time alone makes it so, activity unmakes it."""
    town.rig()
    await town.until("the witness", lambda: bool(town.get("Witness", WITNESS)))
    town.patch("Witness", WITNESS, {"spec": {"stuckThreshold": "10m", "healthCheckInterval": "30s"}})
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=Bead(work="Running", activity=1))
    await town.rest(300)
    assert 0 == town.status("Witness", WITNESS)["polecatsSummary"].get("stuck", 0)
    await town.rest(400)
    assert ["ap-1"] == [each["bead"] for each in town.status("Witness", WITNESS)["stuck"]]
    assert ("True", "IssuesDetected") == condition(town.status("Witness", WITNESS), "Degraded")
    town.show("demo-1", ap_1=Bead(work="Running", activity=2))
    await town.rest(60)
    assert not town.status("Witness", WITNESS).get("stuck")


async def test_turns_stand_in_events(town: Town) -> None:
    """What `kubectl describe` shows: started, merged, failed; the same again is counted and not told anew."""
    town.rig()
    town.convoy("demo", bead(1), bead(2))
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=MERGED, ap_2=REFUSED)
    town.end("demo-1", "Failed")
    await town.until("the end", lambda: town.status("Convoy", "demo").get("phase") == "Failed")
    await town.rest()
    told = {(each["regarding"]["kind"], each["reason"]) for each in town.all("Event")}
    assert told >= {("Convoy", "Failed"), ("Polecat", "Merged"), ("Convoy", "Planned")}


def _limits(town: Town) -> str:
    texts = [each["data"] for each in town.all("ConfigMap") if "demo" not in each["metadata"]["name"]]
    return " ".join(value for data in texts for value in data.values())
