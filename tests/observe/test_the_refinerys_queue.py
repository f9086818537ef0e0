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
