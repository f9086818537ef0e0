"""Workflows as Argo 4.0.2 wrote them, state by state. `python -m harness.recorder` in tests/cluster makes the recordings anew."""

import itertools

import pytest
from harness.recorded import FOLDER, Recording

from workflows.observe import Stage, observe

MERGED = ("done", "Merged", 1)
OMITTED = ("failed", "DependencyFailed", 0)
STOPPED = ("failed", "Stopped", 1)

ENDS = {
    "merged": {"ap-1": MERGED, "ap-2": MERGED, "ap-3": MERGED},
    "published": {"ap-1": ("done", "Completed", 1), "ap-2": ("done", "Completed", 1)},
    "retried": {"ap-1": ("done", "Merged", 2)},
    "given-up": {"ap-1": ("failed", "Failed", 3), "ap-2": OMITTED, "ap-3": MERGED},
    "escalated": {"ap-1": ("failed", "Escalated", 1), "ap-2": OMITTED},
    "conflict": {"ap-1": ("done", "Merged", 2)},
    "reviewed": {"ap-1": MERGED, "ap-2": MERGED},
    "asked-for-changes": {"ap-1": ("done", "Merged", 2)},
    "stopped-in-review": {"ap-1": STOPPED, "ap-2": OMITTED},
    "gate": {"ap-1": ("failed", "GateFailed", 1)},
    "no-slot": {"ap-1": MERGED, "ap-2": MERGED},
    "no-slot-for-a-conflict": {"ap-1": ("done", "Merged", 2), "ap-2": MERGED},
    "narrow": {"ap-1": MERGED, "ap-2": MERGED},
    "late-outputs": {"ap-1": MERGED},
    "pod-deleted": {"ap-1": ("done", "Merged", 2)},
    "pod-deleted-early": {"ap-1": MERGED},
    "late": {"ap-1": ("failed", "TimedOut", 1), "ap-2": OMITTED},
    "suspended": {"ap-1": MERGED, "ap-2": MERGED},
    "stopped": {"ap-1": STOPPED, "ap-2": OMITTED},
    "terminated": {"ap-1": STOPPED, "ap-2": OMITTED},
    "retry": {"ap-1": MERGED, "ap-2": MERGED, "ap-3": MERGED},
    "retry-plain": {"ap-1": MERGED, "ap-2": MERGED},
    "retry-gate": {"ap-1": MERGED, "ap-2": MERGED},
    "resubmitted": {"ap-1": MERGED, "ap-2": MERGED, "ap-3": MERGED},
    "resubmitted-memoized": {"ap-1": MERGED, "ap-2": MERGED, "ap-3": ("done", "Merged", 0)},
    "packed": {
        **{f"ap-{number}": MERGED for number in range(1, 5)},
        "ap-5": ("failed", "Escalated", 1),
        "ap-6": OMITTED,
    },
    "deleted-at-the-end": {"ap-1": MERGED},
    "deleted": {"ap-1": ("working", "Working", 1)},
}
"""How each bead stands in the last state of each story: stage, reason, attempts."""

EARLIER = {
    **{
        f"earlier/{path.stem}": ENDS[path.stem] for path in FOLDER.glob("earlier/*.json") if path.stem in ENDS
    },
    "earlier/resubmitted-memoized": {"ap-1": MERGED, "ap-2": MERGED, "ap-3": MERGED},
    "earlier/retry-of-nothing": {"ap-1": ("failed", "Escalated", 1)},
}
"""Of Workflows that version 0.1 compiled, whose beads shared one graph. They may still run, or be kept, when the adapter is upgraded."""

SEEN = {
    "no-slot": "waits for a free polecat of the rig",
    "no-slot-for-a-conflict": "waits for a free polecat of the rig to resolve its conflict",
    "narrow": "ready; waits until fewer than 1 beads are under way",
    "conflict": "resolves a conflict",
    "merged": "waits for ap-1 (working), ap-2 (working)",
    "late": "Step exceeded its deadline",
    "stopped": "stopped by hand; its branch holds what it had done",
    "escalated": "cannot start: ap-1 failed",
}
"""A sentence that some bead of a story has at some time."""

UNENDED = {"deleted", "earlier/resubmitted-memoized"}
"""Stories that stop in the middle; the second one because Argo 4.0.2 never ended a copy of that shape."""

RETRIED = {"retry", "retry-plain", "retry-gate", "earlier/retry", "earlier/retry-of-nothing"}
"""Stories in which `argo retry` takes an end back."""


@pytest.fixture(params=sorted([*ENDS, *EARLIER]))
def story(request):
    """The name of a recording."""
    return request.param


@pytest.fixture
def observed(story):
    """Every state of it, observed."""
    return [observe(state) for state in Recording.load(FOLDER / f"{story}.json").states]


def test_every_recording_is_looked_at():
    """A story that is told anew is a story with an end."""
    found = (path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.json"))
    assert sorted({*ENDS, *EARLIER, "stored"}) == sorted(found)


def test_how_it_ends(story, observed):
    """Stage, reason and attempts of each bead, once Argo had nothing more to write."""
    last = observed[-1]

    assert (ENDS | EARLIER)[story] == {
        bead.bead: (bead.stage, bead.reason, bead.attempts) for bead in last.beads
    }
    assert (story not in UNENDED, True) == (last.ended, last.known)


def test_nodes_that_are_stored_elsewhere_are_not_known():
    """None that is shown is not none that is there."""
    states = Recording.load(FOLDER / "stored.json").states

    assert {False} == {
        observe(state).known for state in states if state["status"].get("offloadNodeStatusVersion")
    }
    assert "Succeeded" == states[-1]["status"]["phase"]


@pytest.mark.parametrize(("story", "sentence"), SEEN.items(), ids=SEEN.keys())
def test_what_it_says_meanwhile(story, sentence):
    """Why a bead waits, or what it does."""
    states = [observe(state) for state in Recording.load(FOLDER / f"{story}.json").states]

    assert sentence in {bead.message for each in states for bead in each.beads}


def test_nothing_goes_back(story, observed, went_on):
    """Attempts, costs and merges only grow, a stage only falls with a new attempt, and an end stays but for `argo retry`."""
    for before, after in itertools.pairwise(observed):
        if before.ended and not after.ended:
            assert story in RETRIED
            continue
        if story in RETRIED and before.phase == "Pending":
            continue  # a pod that failed is made again under its node's old name, and only then starts anew
        went_on(before, after)


def test_a_merge_is_told_with_its_commit_only(observed):
    """Nothing is merged before its merge ended, and nothing that is merged failed."""
    merged = {bead.merged != "" for each in observed for bead in each.beads if bead.reason == "Merged"}

    assert merged <= {True}
    assert not [
        bead for each in observed for bead in each.beads if bead.merged and bead.stage is not Stage.DONE
    ]


def test_no_pod_is_named_that_never_was(observed):
    """The name is the one that Argo gave, by the Workflow's own annotation."""
    named = {bead.pod for each in observed for bead in each.beads if bead.pod}

    assert named
    assert all(pod.rpartition("-")[2].isdigit() for pod in named)
