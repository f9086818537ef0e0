"""A pull request says how the gates stand from the moment it is there, and what people ask for goes back to the agent, to a cap."""

import time

import pytest
from harness.hub import Hub

from workflows.entries import Entry
from workflows.orders import PullOrders

WORK = {"a.txt": "a\n"}


@pytest.fixture
def hub(rig, tmp_path):
    """The forge of the rig; `merge` runs a bead's three containers."""
    hub = Hub(rig.origin)
    (tmp_path / "forge.token").write_text("t0ken")
    rig.environ["GASTOWN_FORGE_TOKEN"] = str(tmp_path / "forge.token")
    rig.environ["GASTOWN_QUICK"] = "0"
    yield hub
    hub.close()


def orders(rig, hub, **changes):
    """Have the rig hand its work over there."""
    rig.orders(pulls=PullOrders(kind="gitea", repository="acme/app", api=hub.url), batch=1, **changes)


def entry(rig, bead="ap-1"):
    """The bead's entry in the queue."""
    text = rig.git("cat-file", "tag", f"refs/gastown/queue/main/{bead}").partition("\n\n")[2]
    return Entry.load(text)


def test_it_waits_for_the_gates_and_then_lands(rig, hub):
    """Pending while they run, success once they passed, merged in the same run: each said once."""
    orders(rig, hub, gates={"test": "test -f a.txt"})
    rig.publish("ap-1", WORK)
    assert 0 == rig.gated("ap-1"), rig.said
    assert [("pending", "gates run"), ("success", "1 gate(s) passed")] == hub.said()
    assert "merged" == rig.output("ap-1", "outcome")
    assert ["ap-1"] == rig.landed()
    assert 1 == len(hub.pulls)


def test_red_gates_are_told_where_people_look(rig, hub):
    """The pull request is there, with the words of the gate, and nothing is merged."""
    orders(rig, hub, gates={"test": "test ! -f a.txt || { echo too short; false; }"})
    rig.publish("ap-1", WORK)
    assert 31 == rig.gated("ap-1")
    (pending, _), (state, words) = hub.said()
    assert ("pending", "failure") == (pending, state)
    assert "too short" in words
    assert [] == rig.landed()


def test_a_look_that_finds_nothing_new_posts_nothing(rig, hub):
    """A pull request that waits for a review shows two statuses, however often it is looked at."""
    orders(rig, hub, gates={"test": "true"})
    hub.protection = {"required_approvals": 1}
    rig.publish("ap-1", WORK)
    assert [35, 35, 35] == [rig.gated("ap-1") for _ in range(3)]
    assert 2 == len(hub.statuses)
    assert "1 approvals" in rig.said
    # By the mark a list tells whether it looks otherwise by now.
    assert ("none", "") == tuple(rig.output("ap-1", each) for each in ("outcome", "commit"))
    assert rig.output("ap-1", "sha").startswith("1-")


def test_requested_changes_go_back_to_the_agent_to_a_cap(rig, hub):
    """With exactly the person's words, on the same branch; then a person is told what to do."""
    orders(rig, hub, gates={"test": "true"}, rounds=1)
    hub.protection = {"required_approvals": 1}
    first = rig.publish("ap-1", WORK)
    assert 35 == rig.gated("ap-1")
    hub.review("ap-1", "REQUEST_CHANGES", "Answer me.")
    assert 0 == rig.gated("ap-1"), rig.said
    assert "conflict" == rig.output("ap-1", "outcome")
    assert "Answer me." in entry(rig).held
    assert first == hub.head("polecat/ap-1")
    rig.publish("ap-1", {"a.txt": "b\n"}, start=first, entry={"rounds": 1})
    hub.review("ap-1", "REQUEST_CHANGES", "Not yet.")
    assert 31 == rig.gated("ap-1")
    words = rig.output("ap-1", "summary")
    assert "Not yet." in words
    assert "Agents had their 1 rounds: push to polecat/ap-1 by hand, or resume the convoy" in words
    assert 1 == len(hub.pulls)


def test_quick_gates_are_told_with_the_first_word(rig, hub):
    """Nobody is called to work that turns out to be red a moment later; what is green is green from the moment that it is shown."""
    del rig.environ["GASTOWN_QUICK"]
    orders(rig, hub, gates={"test": "test -f a.txt"})
    rig.publish("ap-1", WORK)
    rig.publish("ap-2", {"b.txt": "b\n"})
    assert 0 == rig.gated("ap-1"), rig.said
    assert [("success", "1 gate(s) passed")] == hub.said()
    rig.orders(
        pulls=PullOrders(kind="gitea", repository="acme/app", api=hub.url),
        batch=1,
        gates={"test": "test ! -f b.txt"},
    )
    rig.publish("ap-2", {"b.txt": "b\n"})
    assert 31 == rig.gated("ap-2")
    assert 1 == len(hub.pulls)


CALLS = 8
"""The most that one pull request may cost, beside the one list of its rig."""


@pytest.mark.parametrize("quick", ["0", "10"], ids=["slow", "quick"])
def test_one_without_a_review_costs_few_calls(rig, hub, quick):
    """Opened, judged, looked at, merged, all in one run, whether its gates are slow or quick."""
    rig.environ["GASTOWN_QUICK"] = quick
    orders(rig, hub, gates={"test": "true"})
    rig.publish("ap-1", WORK)
    assert 0 == rig.gated("ap-1"), rig.said
    assert ["ap-1"] == rig.landed()
    assert hub.asked.total() <= CALLS


def test_one_that_is_reviewed_costs_few_calls(rig, hub):
    """Opened, waited for, looked at once more, merged."""
    rig.environ |= {"GASTOWN_QUICK": "10", "GASTOWN_DEPTH": "2", "GASTOWN_LOOK": "0"}
    orders(rig, hub, gates={"test": "true"})
    hub.protection = {"required_approvals": 1}
    rig.publish("ap-1", WORK, entry={"published": int(time.time())})
    assert 0 == rig.gated("ap-1"), rig.said
    assert ("waiting", "AwaitingReview") == tuple(rig.output("ap-1", each) for each in ("outcome", "reason"))
    hub.review("ap-1", "APPROVED", "Fine.")
    assert 0 == rig.gated("ap-1"), rig.said
    assert "merged" == rig.output("ap-1", "outcome")
    assert ["ap-1"] == rig.landed()
    assert hub.asked.total() <= CALLS


def test_it_gives_way_to_a_wait_without_a_pod(rig, hub):
    """Where the graph has one: at once for people, later for checks; not for ever, as graphs lie inside each other."""
    orders(rig, hub, gates={"test": "true"})
    hub.protection = {"status_check_contexts": ["ci"], "enable_status_check": True}
    rig.publish("ap-1", WORK)
    rig.environ |= {"GASTOWN_DEPTH": "3", "GASTOWN_LOOK": "0"}
    assert 37 == rig.gated("ap-1"), rig.said
    rig.environ["GASTOWN_LOOK"] = "14"
    assert 0 == rig.gated("ap-1"), rig.said
    mark = rig.output("ap-1", "sha")
    assert ("waiting", "AwaitingChecks") == tuple(rig.output("ap-1", each) for each in ("outcome", "reason"))
    assert mark.startswith("1-")
    rig.environ["GASTOWN_DEPTH"] = "61"
    assert 37 == rig.gated("ap-1")
    hub.protection["required_approvals"] = 1
    hub.statuses.append(
        {"sha": hub.head("polecat/ap-1"), "context": "ci", "state": "success", "description": ""}
    )
    assert 35 == rig.gated("ap-1")


def test_a_forge_that_asks_for_rest_gets_it(rig, hub):
    """What it says is heeded, and costs none of the tries."""
    orders(rig, hub, gates={"test": "true"})
    hub.resting = 3
    rig.publish("ap-1", WORK)
    began = time.monotonic()
    assert 37 == rig.gated("ap-1"), rig.said
    assert time.monotonic() - began >= 3
    assert 1 == hub.asked.total()
    hub.resting = 0
    assert 0 == rig.gated("ap-1"), rig.said
    assert ["ap-1"] == rig.landed()


def test_a_killed_step_is_followed_by_one_that_asks(rig, hub):
    """It was merged, and the step died before it wrote that down: the next one opens nothing anew."""
    orders(rig, hub, gates={"test": "true"})
    sha = rig.publish("ap-1", WORK)
    rig.git("update-ref", "refs/gastown/proposed/main/ap-1", sha)
    hub.pulls.append(
        {"number": 1, "branch": "polecat/ap-1", "title": "t", "body": "b", "state": "open", "merged": ""}
    )
    tree = hub.git("merge-tree", "--write-tree", "main", sha)
    merged = hub.git("commit-tree", tree, "-p", "main", "-m", f"Add it\n\nGastown-Head: {sha}")
    hub.git("update-ref", "refs/heads/main", merged)
    hub.pulls[0] |= {"state": "closed", "merged": merged}
    assert 0 == rig.gated("ap-1"), rig.said
    assert (1, merged) == (len(hub.pulls), rig.output("ap-1", "sha"))
    assert not [ref for ref in rig.refs() if "/proposed/" in ref]


def test_what_people_hold_back_goes_to_the_agent_where_it_conflicts(rig, hub):
    """Words of a review hold the entry; once it conflicts, the conflict is what the agent is told first."""
    orders(rig, hub, gates={"test": "true"}, rounds=2)
    hub.protection = {"required_approvals": 1}
    rig.publish("ap-1", WORK)
    assert 35 == rig.gated("ap-1")
    hub.review("ap-1", "REQUEST_CHANGES", "Answer me.")
    assert 0 == rig.gated("ap-1"), rig.said
    assert "Answer me." in entry(rig).held
    rig.commit({"a.txt": "theirs\n"}, "main", "in between", start=rig.base)
    assert 0 == rig.gated("ap-1"), rig.said
    assert ("conflict", "Conflict") == tuple(rig.output("ap-1", each) for each in ("outcome", "reason"))
    assert "" == entry(rig).held


def test_a_branch_that_must_have_the_target_gets_it_by_its_attributes(rig, hub):
    """As the merge queue merges: a file of which the target says that both sides are kept is no conflict."""
    rig.base = rig.commit({".gitattributes": "log merge=union\n", "log": "one\n"}, "main", "rules")
    orders(rig, hub)
    hub.protection = {"block_on_outdated_branch": True}
    rig.publish("ap-1", {"log": "one\nours\n"})
    rig.commit({"log": "one\ntheirs\n"}, "main", "in between", start=rig.base)
    assert 0 == rig.merge("ap-1"), rig.said
    assert ["ap-1"] == rig.landed()
    assert {"one", "ours", "theirs"} == set(rig.git("show", "main:log").split())


@pytest.mark.parametrize(
    ("slings", "source", "code"),
    [
        pytest.param(("ChangesRequested",), "", 31, id="a trigger answers"),
        pytest.param(("CheckFailed",), "", 0, id="a trigger for something else"),
        pytest.param(
            (), "https://git.test/acme/app/issues/1", 0, id="an event's convoy without such a trigger"
        ),
        pytest.param(("ChangesRequested",), "https://git.test/acme/app/issues/1", 31, id="an event's convoy"),
    ],
)
def test_a_review_is_answered_once(rig, hub, slings, source, code):
    """By the rig's trigger, whose convoy works the branch, or else by the convoy that opened the pull request, whoever made it."""
    orders(rig, hub, gates={"test": "true"}, slings=slings, source=source)
    hub.protection = {"required_approvals": 1}
    rig.publish("ap-1", WORK)
    assert 35 == rig.gated("ap-1")
    hub.review("ap-1", "REQUEST_CHANGES", "Answer me.")
    assert code == rig.gated("ap-1"), rig.said
    assert ("conflict" if code == 0 else "none") == rig.output("ap-1", "outcome")
    assert (code == 31) == ("The next event goes on from here" in rig.output("ap-1", "summary"))


@pytest.mark.parametrize("late", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("call", range(1, CALLS + 1))
def test_cut_off_between_any_two_calls_it_merges_once(rig, hub, call, late):
    """One pull request and one merge, with the right records, wherever the first step lost the forge; a claim that is left is waited for."""
    orders(rig, hub)
    rig.publish("ap-1", WORK, entry={"published": int(time.time())})
    hub.dies = (call, late)
    first = rig.merge("ap-1")
    hub.dies = None
    for claim in [ref for ref in rig.refs() if "/landing/" in ref]:
        rig.git("update-ref", "-d", claim)
    codes = [first, *([rig.merge("ap-1")] if first else [])]
    assert 0 == codes[-1], rig.said
    assert ["ap-1"] == rig.landed()
    assert 1 == len(hub.pulls)
    assert hub.pulls[0]["merged"] == rig.output("ap-1", "sha") == rig.git("rev-parse", "main")
    assert hub.pulls[0]["merged"] == rig.refs()["refs/gastown/merged/cv/ap-1"]
    assert not [ref for ref in rig.refs() if "/proposed/" in ref or "/queue/" in ref]
