import pytest

from workflows.observe import convoy_status

CHAIN = {"a": [], "b": ["a"], "c": ["b"]}


def _failed(told, task, reason="NoChanges", code=10):
    message = f"main: Error (exit code {code}): {task} went wrong"
    told.node(task, "Failed", kind="DAG").node(f"{task}.{task}-work", "Failed", kind="Retry")
    return told.node(
        f"{task}.{task}-work(0)", "Failed", message, code=code, outputs={"reason": reason, "cost": "1.5"}
    )


def _omitted(told, task):
    return told.node(task, "Omitted", "omitted: depends condition not met", kind="Skipped")


def _conditions(status):
    return {each.type: (each.status, each.reason, each.message) for each in status.conditions}


def test_not_submitted(convoy):
    """A convoy that was only made."""
    status = convoy_status(convoy("abc"), [])

    assert ("Pending", "0/3", ("a", "b", "c")) == (status.phase, status.progress, status.pending_beads)
    assert "its train c-1 starts when the trains before it have ended" == status.waiting[0].reason
    assert ("False", "InProgress", "not started") == _conditions(status)["Complete"]


def test_under_way(story, convoy):
    """One merged, one at work, one waiting."""
    told = (
        story(CHAIN)
        .done("a")
        .began("b")
        .node("b.b-work", "Running", kind="Retry")
        .node("b.b-work(0)", "Running")
    )

    status = convoy_status(convoy("abc"), [told.observe()])

    assert ("InProgress", "1/3", ("a",)) == (status.phase, status.progress, status.merged_beads)
    counts = status.phases
    assert (1, 1, 0, 1, 0) == (counts.waiting, counts.working, counts.merging, counts.done, counts.failed)
    assert [("c", "waits for b (working)")] == [(each.bead, each.reason) for each in status.waiting]


def test_complete(story, convoy):
    """With the time of its end, and conditions that `kubectl wait` reads."""
    told = story(CHAIN).done("a").done("b").done("c").ended()

    status = convoy_status(convoy("abc"), [told.observe()])

    assert ("Complete", "3/3") == (status.phase, status.progress)
    assert "2026-03-01T11:00:00+00:00" == status.completed_at.isoformat()
    assert {"Complete": "True", "Ready": "True"} == {each.type: each.status for each in status.conditions}


def test_failed(story, convoy):
    """The condition tells of the bead that failed, not of those that it held up."""
    told = _omitted(_omitted(_failed(story(CHAIN), "a"), "b"), "c").ended("Failed")

    status = convoy_status(convoy("abc"), [told.observe()])

    assert ("Failed", ("a", "b", "c"), 1.5) == (status.phase, status.failed_beads, status.cost_usd)
    assert ("False", "NoChanges", "a: a went wrong") == _conditions(status)["Complete"]
    assert {"b": "cannot start: a failed", "c": "cannot start: b failed"} == {
        each.bead: each.reason for each in status.waiting
    }


def test_over_means_ended(story, convoy):
    """Argo may still be running exit handlers when every bead is known."""
    assert "InProgress" == convoy_status(convoy("a"), [_failed(story({"a": []}), "a").observe()]).phase


def test_a_later_train_goes_without_what_failed(story, convoy):
    """It was submitted with `d` alone: `c` can't start any more, and nobody ever observed it."""
    first = _failed(story({"a": []}), "a").ended("Failed")
    second = story({"d": []}, name="c-2").done("d").ended()

    status = convoy_status(
        convoy("cad", trains={"c-1": ["a"], "c-2": ["c", "d"]}), [first.observe(), second.observe()]
    )

    assert ("Failed", ("c", "a")) == (status.phase, status.failed_beads)
    assert "a: a went wrong" == _conditions(status)["Complete"][2]
    assert [("c", "cannot start: what it needs failed")] == [
        (each.bead, each.reason) for each in status.waiting
    ]


def test_a_train_that_cannot_run_is_left_out(story, convoy):
    """Its phase is Omitted, and the convoy ends without it."""
    made = convoy("ab", trains={"c-1": ["a"], "c-2": ["b"]})
    trains = tuple(
        train.model_copy(update={"phase": "Omitted" if index else ""})
        for index, train in enumerate(made.status.trains)
    )
    made = made.model_copy(update={"status": made.status.model_copy(update={"trains": trains})})

    status = convoy_status(made, [_failed(story({"a": []}), "a").ended("Failed").observe()])

    assert ("Failed", ["Failed", "Omitted"]) == (status.phase, [train.phase for train in status.trains])


def test_a_stopped_convoy_ends_with_trains_to_come(story, convoy):
    """They never will."""
    stopped = story({"a": []}).ended("Failed", "Stopped with strategy 'Stop'")

    status = convoy_status(convoy("ab", trains={"c-1": ["a"], "c-2": ["b"]}, stop=True), [stopped.observe()])

    assert ("Failed", ("a", "b")) == (status.phase, status.failed_beads)


def test_beads_closed_before_count_as_done(convoy):
    """No train ever carries them."""
    status = convoy_status(convoy("ab", trains={"c-1": ["b"]}), [])

    assert ("1/2", ("a",), ()) == (status.progress, status.completed_beads, status.merged_beads)


@pytest.mark.parametrize("submitted", [False, True])
def test_a_new_attempt_has_not_failed_yet(story, convoy, submitted):
    """What failed in the first, and is to come in the second, waits; its cost is not forgotten."""
    first = _failed(story({"a": [], "b": []}), "a").done("b").ended("Failed")
    seen = [first.observe()]
    trains = {"c-1-r1": ["x"], "c-2-r1": ["a"]} if submitted else {"c-1-r1": ["a"]}
    if submitted:
        seen.append(story({"x": []}, name="c-1-r1", attempt=1).done("x").ended().observe())

    status = convoy_status(
        convoy(["a", "b", "x"] if submitted else ["a", "b"], trains=trains, attempt=1), seen
    )

    assert ("InProgress" if submitted else "Pending") == status.phase
    assert ((), ("a",)) == (status.failed_beads, status.pending_beads)
    assert 1.5 == status.cost_usd
