"""A merge puts each bead on the target as one commit, records it, and clears the queue, all in one push."""

import pytest

from workflows import refs
from workflows.entries import Entry
from workflows.exits import Reason


def test_a_bead_lands_as_one_commit(rig):
    """Squashed, by its author, with the trailers that trace it; queue entry and work branch are gone."""
    rig.commit({"a": "1\n"}, "main-other", "other", start=rig.base)
    head = rig.publish("gt-1", {"a": "1\n"})
    assert rig.merge("gt-1") == 0, rig.said
    sha = rig.git("rev-parse", "main")
    assert rig.refs() == {
        "refs/heads/main": sha,
        "refs/heads/main-other": rig.git("rev-parse", "main-other"),
        "refs/gastown/merged/cv/gt-1": sha,
        refs.settled("cv", rig.train.identity, "gt-1"): sha,
    }
    message = (
        f"Do gt-1 (gt-1)\n\n- work on gt-1\n\nGastown-Bead: gt-1\nGastown-Convoy: cv\nGastown-Head: {head}"
    )
    assert rig.git("log", "-1", "--format=%B%an <%ae>%n%P").splitlines()[-2:] == [
        "Max <max@example.org>",
        rig.base,
    ]
    assert rig.git("log", "-1", "--format=%B") == message
    outputs = [rig.output("gt-1", name) for name in ("outcome", "sha", "reason")]
    assert outputs == ["merged", sha, "Completed"]


def test_the_merge_style_keeps_the_branch(rig):
    """With style `merge` the bead is a merge commit whose second parent is the published head."""
    rig.orders(style="merge")
    head = rig.publish("gt-1", {"a": "1\n"})
    rig.commit({"b": "1\n"}, "main", "meanwhile", start=rig.base)
    target = rig.git("rev-parse", "main")
    assert rig.merge("gt-1") == 0, rig.said
    assert rig.git("log", "-1", "--format=%P", "main").split() == [target, head]


def test_others_ride_along(rig):
    """One push lands what waits, in the queue's order, each bead with its own commit and record; a rider's own step finds it done."""
    for number in range(5):
        rig.publish(f"gt-{number}", {f"f{number}": "1\n"}, priority=number)
    rig.ask("gt-0", "gt-1", "gt-2")
    rig.orders(batch=3)
    assert rig.merge("gt-3") == 0, rig.said
    assert rig.landed() == ["gt-0", "gt-1", "gt-3"]
    records = [rig.refs()[refs.merged("cv", bead)] for bead in ("gt-0", "gt-1", "gt-3")]
    assert records == rig.git("rev-list", "--reverse", f"{rig.base}..main").split()
    assert rig.queue() == ["gt-2", "gt-4"]
    assert rig.merge("gt-0") == 0
    assert rig.output("gt-0", "sha") == records[0]
    assert refs.head("polecat/gt-0") not in rig.refs()


@pytest.mark.parametrize("ago", [None, 3600, -3600], ids=["never asked", "asked long ago", "will have asked"])
def test_nobody_rides_along_whose_own_step_does_not_wait(rig, ago):
    """A convoy that was stopped or deleted, and a bead that failed, have published work and no step that would land it."""
    rig.publish("gt-1", {"a": "1\n"})
    rig.publish("gt-2", {"b": "1\n"})
    if ago is not None:
        rig.ask("gt-2", ago=ago)
    assert rig.merge("gt-1") == 0, rig.said
    assert [rig.landed(), rig.queue()] == [["gt-1"], ["gt-2"]]


def test_a_step_that_ends_leaves_no_ask_and_no_lease(rig):
    """However it ends: merged, or with a conflict that a person must resolve."""
    rig.publish("gt-1", {"a": "1\n"})
    rig.publish("gt-2", {"README": "mine\n"}, entry={"rounds": 2})
    rig.commit({"README": "theirs\n"}, "main", "meanwhile", start=rig.base)
    assert [rig.merge("gt-1"), rig.merge("gt-2")] == [0, Reason.CONFLICT.value]
    assert [rig.marks("asks"), rig.marks("lease")] == [[], []]


def test_the_branches_of_riders_go_with_the_merge_unless_they_moved(rig):
    """One push, and theirs have nothing left to do; what somebody pushed on top meanwhile stays, and holds up no courtesy beside it."""
    rig.orders(gates={"unit": "true"})
    for number in range(3):
        rig.publish(f"gt-{number}", {f"{number}.txt": "1\n"})
    rig.commit({"more": "1\n"}, "polecat/gt-2", "by a person")
    rig.ask("gt-1", "gt-2")
    assert rig.gated("gt-0") == 0, rig.said
    assert [rig.landed(), rig.queue()] == [["gt-0", "gt-1", "gt-2"], []]
    assert [ref for ref in rig.refs() if "polecat" in ref] == ["refs/heads/polecat/gt-2"]
    assert [rig.marks("lease"), sorted(rig.marks("asks"))] == [[], ["main/gt-1", "main/gt-2"]]


def test_a_second_run_changes_nothing(rig):
    """A merge that is done is done."""
    rig.publish("gt-1", {"a": "1\n"})
    rig.merge("gt-1")
    before = rig.refs()
    assert rig.merge("gt-1") == 0
    assert rig.refs() == before
    assert rig.output("gt-1", "outcome") == "merged"


def test_a_change_that_is_there_already_is_recorded_where_it_is(rig):
    """The target holds the same change by another way: nothing to merge, and the record says so."""
    rig.publish("gt-1", {"a": "1\n"})
    target = rig.commit({"a": "1\n", "b": "2\n"}, "main", "the same and more", start=rig.base)
    assert rig.merge("gt-1") == 0, rig.said
    assert rig.git("rev-parse", "main") == target
    records = ("refs/gastown/merged/cv/gt-1", refs.settled("cv", rig.train.identity, "gt-1"))
    assert rig.refs() == dict.fromkeys(("refs/heads/main", *records), target)
    assert "held the change of gt-1 already" in rig.output("gt-1", "summary")


def test_a_conflict_is_an_outcome(rig):
    """The step succeeds and says so: an agent resolves it. Nobody else is merged at its cost, nothing is changed."""
    rig.publish("gt-1", {"README": "mine\n"})
    rig.publish("gt-2", {"z": "1\n"})
    rig.commit({"README": "theirs\n"}, "main", "meanwhile", start=rig.base)
    before = rig.refs()
    assert rig.merge("gt-1") == 0, rig.said
    assert [rig.output("gt-1", name) for name in ("outcome", "sha")] == ["conflict", ""]
    assert "conflicts with main in README" in rig.output("gt-1", "summary")
    assert rig.refs() == before


def test_a_conflict_ends_with_a_person(rig):
    """After the rounds the step fails, naming the files and the next step."""
    rig.publish("gt-1", {"README": "mine\n"}, entry={"rounds": 2})
    rig.commit({"README": "theirs\n"}, "main", "meanwhile", start=rig.base)
    assert rig.merge("gt-1") == Reason.CONFLICT.value
    assert "conflicts with main in README, after 2 rounds" in rig.last_words()
    assert "merge main into polecat/gt-1 by hand" in rig.last_words()
    assert rig.output("gt-1", "outcome") == "none"


def test_a_conflicting_rider_stays_in_the_queue(rig):
    """Its own step will deal with it."""
    rig.publish("gt-1", {"README": "mine\n"})
    rig.publish("gt-2", {"README": "yours\n"})
    rig.publish("gt-3", {"c": "1\n"})
    rig.ask("gt-2", "gt-3")
    assert rig.merge("gt-1") == 0
    assert [rig.landed(), rig.queue()] == [["gt-1", "gt-3"], ["gt-2"]]
    assert rig.merge("gt-2") == 0
    assert rig.output("gt-2", "outcome") == "conflict"


def test_the_entry_pins_the_commit(rig):
    """What was published is merged, not what someone pushed to the branch since; and that push is not deleted."""
    rig.publish("gt-1", {"a": "1\n"})
    later = rig.commit({"a": "2\n"}, "polecat/gt-1", "unpublished")
    assert rig.merge("gt-1") == 0
    assert rig.git("show", "main:a") == "1"
    assert rig.refs()[refs.head("polecat/gt-1")] == later


@pytest.mark.parametrize(
    "title", ["", "a\nb: c\n\nSigned-off-by: evil", "\U0001f600 {{workflow.name}} '\"$(x)", "#", "--amend"]
)
def test_a_hostile_title_is_one_line(rig, title):
    """No text of a user forges a trailer or breaks the commit."""
    rig.publish("gt-1", {"a": "1\n"}, title=title)
    assert rig.merge("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]
    subject = " ".join(title.split())
    assert rig.git("log", "-1", "--format=%s") == (f"{subject} (gt-1)" if subject else "gt-1")


def test_other_peoples_refs_are_left_alone(rig):
    """A ref in our namespace that is no entry of ours is neither merged nor removed."""
    head = rig.publish("gt-1", {"a": "1\n"})
    rig.git("update-ref", "refs/gastown/queue/main/light", head)
    forged = Entry.load(rig.git("cat-file", "tag", refs.queue("main", "gt-1")).partition("\n\n")[2])
    rig.enqueue(
        head,
        forged._replace(bead="../../heads/x", convoy="..")
        if False
        else forged._replace(convoy="a..b", bead="gt-9"),
    )
    assert rig.merge("gt-1") == 0, rig.said
    assert [rig.landed(), rig.queue()] == [["gt-1"], ["gt-9", "light"]]


def test_a_bead_without_an_entry_is_told(rig):
    """Nothing to merge is an error that names the next step."""
    rig.publish("gt-1", {"a": "1\n"})
    rig.git("update-ref", "-d", refs.queue("main", "gt-1"))
    assert rig.merge("gt-1") == Reason.FAILED.value
    assert "gt-1 is not in the queue of main" in rig.last_words()


def test_a_record_that_the_target_lost_does_not_count(rig):
    """Someone reset the target: a published bead is merged again, an unpublished one is told."""
    rig.publish("gt-1", {"a": "1\n"})
    rig.merge("gt-1")
    rig.git("update-ref", "refs/heads/main", rig.base)
    assert rig.merge("gt-1") == Reason.FAILED.value
    rig.publish("gt-1", {"a": "1\n"})
    assert rig.merge("gt-1") == 0
    assert rig.landed() == ["gt-1"]


def test_a_missing_target_is_named(rig):
    """Repository and branch stand in the message."""
    rig.publish("gt-1", {"a": "1\n"})
    rig.orders(target="release/1.0")
    assert rig.merge("gt-1") == Reason.FAILED.value
    assert f"{rig.origin} has no branch 'release/1.0'" in rig.last_words()


def test_a_shallow_merge_fetches_what_it_needs(rig):
    """With a depth of one the fork point is missing at first."""
    for number in range(3):
        rig.commit({"m": f"{number}\n"}, "main", f"more {number}")
    start = rig.git("rev-parse", "main")
    rig.publish("gt-1", {"a": "1\n"}, start=start)
    for number in range(3):
        rig.commit({"m": f"later {number}\n"}, "main", f"later {number}", start=None if number else start)
    rig.orders(repository=f"file://{rig.origin}", depth=1)
    assert rig.merge("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]
    assert rig.git("show", "main:m") == "later 2"
