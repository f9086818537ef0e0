import pytest

from workflows.observe import queue, refinery_status


def _merging(told, task, phase="Running"):
    told.began(task).worked(task)
    return told.node(f"{task}.{task}-merge", "Running", kind="Retry").node(f"{task}.{task}-merge(0)", phase)


def test_the_one_being_merged_comes_first(story):
    """Then the others in the order in which they were published."""
    told = story({"a": [], "b": [], "c": [], "d": []})
    told.began("a").worked("a")
    _merging(told, "b", "Pending")
    _merging(told, "c")

    observations = [told.observe()]

    assert ["c", "a", "b"] == [bead.bead for bead in queue(observations)]
    status = refinery_status(observations)
    assert ("Processing", 3, "c") == (status.phase, status.queue_length, status.current_merge)
    assert 3 == status.merges_summary.pending


def test_what_has_ended_is_counted(story):
    """Merges, refusals of the refinery, and the last one of them; a polecat's own failure is none of its business."""
    told = story({"a": [], "b": [], "c": []}).done("a")
    told.node("b", "Failed", kind="DAG").worked("b")
    told.node("b.b-merge(0)", "Failed", code=31).node("b.b-merge", "Failed", kind="Retry")
    told.node("c", "Failed", kind="DAG").node("c.c-work", "Failed", code=10).ended("Failed")

    status = refinery_status([told.observe()])

    summary = status.merges_summary
    assert ("Idle", 0, "") == (status.phase, status.queue_length, status.current_merge)
    assert (2, 1, 1, 0) == (summary.total, summary.succeeded, summary.failed, summary.pending)
    assert ("a", "f" * 40) == (status.last_merge.bead, status.last_merge.commit)


def test_an_idle_refinery_is_ready():
    """Nothing was ever slung."""
    status = refinery_status([])

    assert {"Processing": "False", "Ready": "True"} == {each.type: each.status for each in status.conditions}


def test_a_red_target_is_said_on_the_refinery_and_lifts(story):
    """With the gate's words and the commit; the bead waits, and has not failed. Once it is merged nothing is said any more."""
    told = story({"a": [], "b": []})
    told.began("a").worked("a").node("a.a-merge", "Running", kind="Retry")
    words = "main does not pass its own gates at b47468cc890f, so nothing is merged until it does: gate test ended with code 1"
    told.node("a.a-merge(0)", "Failed", f"main: Error (exit code 34): {words}", code=34)
    for phase in (None, "Pending", "Running"):
        if phase:
            told.node("a.a-merge(1)", phase)
        status = refinery_status([told.observe()])
        conditions = {each.type: each for each in status.conditions}
        assert ("Error", 1, 0) == (status.phase, status.queue_length, status.merges_summary.failed)
        assert ("False", "TargetRed", words) == (
            conditions["Ready"].status,
            conditions["Ready"].reason,
            conditions["Ready"].message,
        )
        assert words == conditions["TargetRed"].message
        if phase:
            assert ("merging", "TargetRed", words) == (
                told.bead().stage.value,
                told.bead().reason,
                told.bead().message,
            )
    told.node("a.a-merge(1)", "Succeeded", outputs={"outcome": "merged", "sha": "f" * 40})
    told.node("a.a-merge", "Succeeded", kind="Retry", outputs={"outcome": "merged", "sha": "f" * 40})

    status = refinery_status([told.observe()])

    assert {"Processing": "False", "Ready": "True"} == {each.type: each.status for each in status.conditions}


@pytest.mark.parametrize(
    ("code", "reason"), [(35, "AwaitingReview"), (37, "AwaitingChecks")], ids=["people", "checks"]
)
def test_a_pull_request_that_waits_says_so_between_looks_and_in_them(story, code, reason):
    """A look is short and comes often: what people are told must not flicker with it."""
    told = story({"a": []})
    told.began("a").worked("a").node("a.a-merge", "Running", kind="Retry")
    words = "https://forge.test/pulls/7 waits: 0 of 1 approvals"
    told.node("a.a-merge(0)", "Failed", f"main: Error (exit code {code}): {words}", code=code)
    for phase in (None, "Pending", "Running"):
        if phase:
            told.node("a.a-merge(1)", phase)
        [bead] = told.observe().beads
        assert ("merging", reason, words) == (bead.stage, bead.reason, bead.message)
    told.node("a.a-merge(1)", "Failed", "OOMKilled")
    [bead] = told.observe().beads
    assert "Queued" == bead.reason
