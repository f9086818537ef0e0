import pytest

from workflows.observe import Stage

ONE = {"a": []}
LOCK = {"synchronizationStatus": {"waiting": "workers/ConfigMap/gastown-rig-app/polecats"}}
KILLED = "main: Error (exit code 137): OOMKilled"
RED = "main: Error (exit code 31): a does not pass: gate test (exit 1): see the log"
CONFLICT = {"outcome": "conflict", "reason": "Conflict"}


def _conflict(story):
    told = story(ONE).began("a").worked("a")
    told.node("a.a-merge", "Succeeded", kind="Retry")
    told.node("a.a-merge(0)", "Succeeded", outputs=CONFLICT)
    return told.node("a.a-again", "Running", kind="DAG")


def _left_merging(story, outputs):
    told = story(ONE).began("a").worked("a")
    told.node("a.a-merge", "Running", kind="Retry")
    return told.node("a.a-merge(0)", "Running", outputs=outputs)


def _again(story):
    told = _conflict(story).node("a.a-again.a-work", "Succeeded", kind="Retry")
    told.node("a.a-again.a-work(0)", "Succeeded", outputs={"reason": "Completed", "sha": "b" * 40})
    return told.node("a.a-again.a-merge", "Running", kind="Retry")


STORIES = {
    "no node yet": (lambda s: s(ONE), "waiting", "Waiting", "ready to start"),
    "behind others": (lambda s: s({"b": [], "a": ["b"]}), "waiting", "Waiting", "waits for b (waiting)"),
    "a limit that is not reached": (
        lambda s: s({"b": [], "a": []}, parallelism=2).began("b"),
        "waiting",
        "Waiting",
        "ready to start",
    ),
    "a limit that is reached": (
        lambda s: s({"b": [], "a": []}, parallelism=1).began("b"),
        "waiting",
        "Waiting",
        "ready; waits until fewer than 1 beads are under way",
    ),
    "its graph began": (lambda s: s(ONE).began("a"), "waiting", "Waiting", "about to start"),
    "no free polecat": (
        lambda s: (
            s(ONE).began("a").node("a.a-work", "Running", kind="Retry").node("a.a-work(0)", "Pending", **LOCK)
        ),
        "waiting",
        "Waiting",
        "waits for a free polecat of the rig",
    ),
    "pod pending": (
        lambda s: s(ONE).began("a").node("a.a-work(0)", "Pending").node("a.a-work", "Running", kind="Retry"),
        "working",
        "Working",
        "at work",
    ),
    "at work": (
        lambda s: s(ONE).began("a").node("a.a-work(0)", "Running").node("a.a-work", "Running", kind="Retry"),
        "working",
        "Working",
        "at work",
    ),
    "no retry strategy": (
        lambda s: s(ONE).began("a").node("a.a-work", "Running"),
        "working",
        "Working",
        "at work",
    ),
    "between attempts": (
        lambda s: (
            s(ONE)
            .began("a")
            .node("a.a-work", "Running", kind="Retry")
            .node("a.a-work(0)", "Failed", KILLED, code=137)
        ),
        "working",
        "Retrying",
        "is tried again after: OOMKilled",
    ),
    "second attempt": (
        lambda s: (
            s(ONE)
            .began("a")
            .node("a.a-work", "Running", kind="Retry")
            .node("a.a-work(0)", "Error", "pod deleted")
            .node("a.a-work(1)", "Running")
        ),
        "working",
        "Working",
        "at work",
    ),
    "outputs on their way": (
        lambda s: (
            s(ONE)
            .began("a")
            .node("a.a-work", "Running", kind="Retry")
            .node("a.a-work(0)", "Succeeded", taskResultSynced=False)
        ),
        "working",
        "Working",
        "at work",
    ),
    "published": (lambda s: s(ONE).began("a").worked("a"), "merging", "Queued", "in the merge queue"),
    "in the queue": (
        lambda s: (
            s(ONE)
            .began("a")
            .worked("a")
            .node("a.a-merge", "Running", kind="Retry")
            .node("a.a-merge(0)", "Pending", **LOCK)
        ),
        "merging",
        "Queued",
        "in the merge queue",
    ),
    "being merged": (
        lambda s: (
            s(ONE)
            .began("a")
            .worked("a")
            .node("a.a-merge", "Running", kind="Retry")
            .node("a.a-merge(0)", "Running")
        ),
        "merging",
        "Merging",
        "being merged",
    ),
    "merge crashed": (
        lambda s: (
            s(ONE)
            .began("a")
            .worked("a")
            .node("a.a-merge", "Running", kind="Retry")
            .node("a.a-merge(0)", "Failed", KILLED)
        ),
        "merging",
        "Queued",
        "is tried again after: OOMKilled",
    ),
    "conflict": (_conflict, "merging", "Merging", "being merged"),
    "resolving": (
        lambda s: (
            _conflict(s)
            .node("a.a-again.a-work", "Running", kind="Retry")
            .node("a.a-again.a-work(0)", "Running")
        ),
        "working",
        "Resolving",
        "resolves a conflict",
    ),
    "once more": (
        lambda s: _again(s).node("a.a-again.a-merge(0)", "Running"),
        "merging",
        "Merging",
        "being merged",
    ),
    "merged": (lambda s: s(ONE).done("a"), "done", "Merged", "merged as ffffffffffff"),
    "merged, graph not closed": (
        lambda s: s(ONE).began("a").worked("a").landed("a"),
        "done",
        "Merged",
        "merged as ffffffffffff",
    ),
    "landed by its polecat": (
        lambda s: s(ONE).began("a").worked("a", outcome="landed", merged="e" * 40),
        "done",
        "Merged",
        "merged as eeeeeeeeeeee",
    ),
    "landed by the polecat that resolved": (
        lambda s: _again(s).node(
            "a.a-again.a-work(0)", "Succeeded", outputs={"outcome": "landed", "merged": "e" * 40}
        ),
        "done",
        "Merged",
        "merged as eeeeeeeeeeee",
    ),
    "its polecat could not land it": (
        lambda s: s(ONE).began("a").worked("a", outcome="", merged=""),
        "merging",
        "Queued",
        "in the merge queue",
    ),
    "published is enough": (
        lambda s: s(ONE, merges=False).began("a").worked("a"),
        "done",
        "Completed",
        "published",
    ),
    "needs failed": (
        lambda s: (
            s({"b": [], "a": ["b"]})
            .node("b", "Failed", kind="DAG")
            .node("b.b-work", "Failed", kind="Pod", code=10)
            .node("a", "Omitted", "omitted: depends condition not met", kind="Skipped")
        ),
        "failed",
        "DependencyFailed",
        "cannot start: b failed",
    ),
    "no changes": (
        lambda s: (
            s(ONE)
            .node("a", "Failed", kind="DAG")
            .node("a.a-work", "Failed", kind="Retry")
            .node(
                "a.a-work(0)",
                "Failed",
                "main: Error (exit code 10): no change",
                code=10,
                outputs={"reason": "NoChanges"},
            )
        ),
        "failed",
        "NoChanges",
        "no change",
    ),
    "code in the message": (
        lambda s: (
            s(ONE)
            .node("a", "Failed", kind="DAG")
            .node("a.a-work", "Failed", kind="Retry")
            .node("a.a-work(0)", "Failed", "main: Error (exit code 20): log in again")
        ),
        "failed",
        "AuthFailed",
        "log in again",
    ),
    "unknown code": (
        lambda s: s(ONE).node("a", "Failed", kind="DAG").node("a.a-work", "Failed", code=77),
        "failed",
        "Failed",
        "ended as Failed",
    ),
    "gate red": (
        lambda s: (
            s(ONE)
            .node("a", "Failed", kind="DAG")
            .worked("a")
            .node("a.a-merge", "Failed", kind="Retry")
            .node("a.a-merge(0)", "Failed", RED, code=31, outputs={"reason": "GateFailed"})
        ),
        "failed",
        "GateFailed",
        "a does not pass: gate test (exit 1): see the log",
    ),
    "unresolved": (
        lambda s: (
            _again(s)
            .node("a.a-again.a-merge(0)", "Failed", "main: Error (exit code 30): by hand, please", code=30)
            .ended("Failed")
        ),
        "failed",
        "Conflict",
        "by hand, please",
    ),
    "pod deleted": (
        lambda s: (
            s(ONE)
            .node("a", "Error", kind="DAG")
            .node("a.a-work", "Error", kind="Retry")
            .node("a.a-work(0)", "Error", "pod deleted")
        ),
        "failed",
        "Failed",
        "pod deleted",
    ),
    "over time": (
        lambda s: (
            s(ONE)
            .node("a", "Failed", kind="DAG")
            .node("a.a-work", "Failed", kind="Retry")
            .node("a.a-work(0)", "Failed", "Pod was active on the node longer than the specified deadline")
        ),
        "failed",
        "TimedOut",
        "Pod was active on the node longer than the specified deadline",
    ),
    "speaks of a deadline": (
        lambda s: (
            s(ONE)
            .node("a", "Failed", kind="DAG")
            .node(
                "a.a-work",
                "Failed",
                "main: Error (exit code 1): the deadline of the contract passed",
                code=1,
            )
        ),
        "failed",
        "Failed",
        "the deadline of the contract passed",
    ),
    "stopped": (
        lambda s: (
            s(ONE)
            .node("a", "Failed", kind="DAG")
            .node("a.a-work", "Failed", kind="Retry")
            .node("a.a-work(0)", "Failed", "workflow shutdown with strategy:  Stop")
            .ended("Failed", "Stopped with strategy 'Stop'")
        ),
        "failed",
        "Stopped",
        "stopped by hand; its branch holds what it had done",
    ),
    "stopped before its turn": (
        lambda s: s(ONE).ended("Failed", "Stopped with strategy 'Terminate'"),
        "failed",
        "NotRun",
        "the Workflow ended before its turn: Stopped with strategy 'Terminate'",
    ),
    "left running by an end": (
        lambda s: (
            s(ONE)
            .began("a")
            .node("a.a-work(0)", "Running")
            .node("a.a-work", "Running", kind="Retry")
            .ended("Error", "quota")
        ),
        "failed",
        "Failed",
        "nothing tells that it was done; its Workflow ended: quota",
    ),
    "left merging by an end": (
        lambda s: _left_merging(s, {}).ended("Error", "runtime error"),
        "failed",
        "Failed",
        "nothing tells that it was done; its Workflow ended: runtime error",
    ),
    "merged, and left by an end": (
        lambda s: _left_merging(s, {"outcome": "merged", "sha": "f" * 40}).ended("Error", "runtime error"),
        "done",
        "Merged",
        "merged as ffffffffffff",
    ),
    "says that it merged before it ended": (
        lambda s: _left_merging(s, {"outcome": "merged", "sha": "f" * 40}),
        "merging",
        "Merging",
        "being merged",
    ),
    "no free polecat for a conflict": (
        lambda s: _conflict(s).node("a.a-again.a-work", "Pending", **LOCK),
        "merging",
        "Queued",
        "waits for a free polecat of the rig to resolve its conflict",
    ),
    "type Skipped, phase Error": (
        lambda s: s(ONE).node("a", "Error", "failed to evaluate expression", kind="Skipped"),
        "failed",
        "Failed",
        "failed to evaluate expression",
    ),
    "nothing tells that it merged": (
        lambda s: s(ONE).node("a", "Succeeded", kind="DAG").worked("a"),
        "failed",
        "Failed",
        "nothing tells that it was done",
    ),
}


@pytest.mark.parametrize(("told", "stage", "reason", "message"), STORIES.values(), ids=STORIES.keys())
def test_stage_reason_and_sentence(story, told, stage, reason, message):
    """Each state that Argo can leave a bead in, in words for people."""
    bead = told(story).bead()

    assert (stage, reason, message) == (bead.stage, bead.reason, bead.message)


def test_the_pod_is_the_agents_also_after_the_merge(story):
    """Whoever asks for its log wants what the agent printed, and not what the merge did."""
    told = story(ONE).done("a")
    told.manifest["metadata"]["annotations"] = {"workflows.argoproj.io/pod-name-format": "v1"}
    nodes = told.manifest["status"]["nodes"].values()
    agent = next(node["id"] for node in nodes if node["name"] == "c-1.a.a-work(0)")
    assert agent == told.bead().pod


@pytest.mark.parametrize(
    ("labels", "pod"),
    [
        pytest.param({}, "c-1-polecat-1", id="a write that Argo repeated lost the annotation: its default"),
        pytest.param({"gastown.io/local": "true"}, "", id="one machine"),
    ],
)
def test_the_pods_name_without_the_annotation(story, labels, pod):
    """Argo names pods as ever; on one machine there are none."""
    told = (
        story({"a": []}).began("a").node("a.a-work", "Running", kind="Retry").node("a.a-work(0)", "Running")
    )
    told.manifest["metadata"]["labels"] |= labels
    told.manifest["metadata"].pop("annotations", None)
    (node,) = (
        each for each in told.manifest["status"]["nodes"].values() if each["name"] == "c-1.a.a-work(0)"
    )
    node |= {"id": "c-1-1", "templateName": "polecat"}
    assert pod == told.bead().pod


def test_a_resolution_counts_as_work(story):
    """Its commit is the bead's now, its cost is added, its conflict is counted."""
    bead = _again(story).node("a.a-again.a-merge(0)", "Running").bead()

    assert ("b" * 40, 2, 1) == (bead.commit, bead.attempts, bead.conflicts)


def test_what_was_left_out_is_no_attempt(story):
    """What comes after a step that failed is Omitted."""
    told = (
        story({"a": []})
        .began("a")
        .node("a.a-work", "Failed", kind="Retry")
        .node("a.a-work(0)", "Failed", code=10)
    )
    told.node("a.a-merge", "Omitted", kind="Skipped").node("a.a-again", "Omitted", kind="Skipped")

    assert (1, "c-1.a.a-work(0)") == (told.bead().attempts, told.bead().node)


def test_a_bead_names_its_task_otherwise(story):
    """The id stands in the arguments; the task is only what Argo takes for a name."""
    told = story({"a": []}).done("a")
    told.manifest["spec"]["templates"][1]["dag"]["tasks"][0]["arguments"]["parameters"][0]["value"] = "A_1"

    assert ("a", "Merged") == (told.bead("A_1").task, told.bead("A_1").reason)


def test_what_the_steps_told(story):
    """Outputs become fields, costs of all attempts add up."""
    told = story({"a": []}).node("a", "Succeeded", kind="DAG").node("a.a-work", "Succeeded", kind="Retry")
    told.node("a.a-work(0)", "Failed", "main: Error (exit code 1)", outputs={"cost": "0.5", "tokens": "100"})
    told.node(
        "a.a-work(1)",
        "Succeeded",
        outputs={"branch": "polecat/a", "commits": "3", "cost": "0.25", "tokens": "50", "summary": "s"},
    )
    bead = told.landed("a", sha="c" * 40).bead()

    assert (0.75, 150, 2) == (bead.cost, bead.tokens, bead.attempts)
    assert ("polecat/a", 3, "s", "c" * 40) == (bead.branch, bead.commits, bead.summary, bead.merged)


def test_a_polecat_that_lands_tells_both_commits(story):
    """That of its branch, and that of the target."""
    bead = story({"a": []}).began("a").worked("a", outcome="landed", merged="e" * 40).bead()

    assert ("a" * 40, "e" * 40) == (bead.commit, bead.merged)


@pytest.mark.parametrize("cost", ["NaN", "nan", "inf", "-1", "1e400", "much", "", "²", "9" * 400])
def test_an_agents_figures_are_its_own(story, cost):
    """What is no amount is not told; a report must not stop who reads it."""
    bead = story({"a": []}).began("a").worked("a", cost=cost, tokens=cost, commits=cost).bead()

    assert (None, None, None) == (bead.cost, bead.tokens, bead.commits)


def test_one_tells_of_many(story):
    """Three names, then a number."""
    edges = {name: [] for name in "bcdef"} | {"a": list("bcdef")}

    assert "waits for b (waiting), c (waiting), d (waiting) and 2 more" == story(edges).bead().message


def test_stages_are_the_words_of_a_convoys_phases():
    """`status.phases` has one count for each."""
    assert ["waiting", "working", "merging", "done", "failed"] == [stage.value for stage in Stage]


def test_a_merge_whose_pod_does_not_start_says_why(story):
    """It stays queued; what every pod says on its way is no news."""
    told = story({"a": []}).began("a").worked("a").node("a.a-merge", "Running", kind="Retry")
    told.node("a.a-merge(0)", "Pending", "PodInitializing")
    assert told.bead().message == "in the merge queue"
    told.node("a.a-merge(0)", "Pending", "Unschedulable: 0/3 nodes are available")
    bead = told.bead()
    assert (bead.stage, bead.reason) == (Stage.MERGING, "Queued")
    assert bead.message == "its pod has not started: Unschedulable: 0/3 nodes are available"
