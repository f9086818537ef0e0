"""A pull request says how the gates stand from the moment it is there, and what people ask for goes back to the agent, to a cap."""

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
    orders(rig, hub, gates={"test": "echo too short; false"})
    rig.publish("ap-1", WORK)
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
