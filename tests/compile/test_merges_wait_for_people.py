"""Where gastown-events looks at pull requests, a merge that waits for people is followed by a node without a pod, and by another look."""

import pytest

from workflows.compile import CompileSettings
from workflows.orders import TrainOrders

FORGE = {
    "forge": {"kind": "gitea", "apiURL": "https://git.example.org", "repository": "o/r"},
    "forgeTokenSecretRef": {"name": "forge", "key": "token"},
}
PARKS = CompileSettings(parks_reviews=True)
BY_HAND = {"id": "ap-1", "title": "Mine", "branch": "mine"}


def tasks(submission, template):
    """The tasks of a template, each with what it runs."""
    found = submission.templates[template]["dag"]["tasks"]
    return {each["name"]: each["template"] for each in found}


def test_a_look_holds_the_next_one(submit):
    """A wait, a merge, the agent for what conflicts or was asked for, and the look after it; each template is there once."""
    submission = submit(rig=FORGE, refinery={"mode": "pr"}, settings=PARKS)
    assert submission.templates["review"]["suspend"]["duration"].startswith("{{=")
    assert tasks(submission, "ap-1") == {
        "ap-1-work": "polecat", "ap-1-merge": "merge", "ap-1-again": "ap-1", "ap-1-look": "3rd-ap-1",
    }  # fmt: skip
    assert tasks(submission, "3rd-ap-1") == {
        "ap-1-review": "review", "ap-1-merge": "merge", "ap-1-again": "ap-1", "ap-1-look": "3rd-ap-1",
    }  # fmt: skip
    names = [each["name"] for each in submission.workflow["spec"]["templates"]]
    assert len(names) == len(set(names))


def test_what_people_keep_to_themselves_goes_to_no_agent(submit):
    """A branch of one's own waits as well."""
    submission = submit(inline=[BY_HAND], trackedBeads=[], rig=FORGE, refinery={"mode": "pr"}, settings=PARKS)
    assert set(tasks(submission, "3rd-ap-1")) == {"ap-1-review", "ap-1-merge", "ap-1-look"}


@pytest.mark.parametrize(
    ("refinery", "settings", "spec"),
    [
        pytest.param({"mode": "pr"}, CompileSettings(), {}, id="nobody looks"),
        pytest.param({}, PARKS, {}, id="pushed"),
    ],
)
def test_others_have_no_such_node(submit, refinery, settings, spec):
    """Without gastown-events a pod looks now and then; what is pushed waits for no review."""
    submission = submit(rig=FORGE, refinery=refinery, settings=settings, **spec)
    assert not {"review", "3rd-ap-1"} & set(submission.templates)


def test_the_steps_know_which_events_sling(submit, tmp_path):
    """Of the rig's triggers those on pull requests, or a review would be answered twice."""
    triggers = [
        {"name": "a", "event": "ChangesRequested"},
        {"name": "b", "event": "PullRequestComment", "command": "/sling"},
    ]
    webhook = {"webhookSecretRef": {"name": "forge"}}
    submission = submit(rig=FORGE | webhook | {"triggers": triggers}, refinery={"mode": "pr"})
    assert TrainOrders.load(submission.mount(tmp_path)).slings == ("ChangesRequested",)
    assert TrainOrders.load(submission.mount(tmp_path)).dump() == (tmp_path / "train.json").read_text()


@pytest.mark.parametrize(
    ("spec", "waits"),
    [
        pytest.param({"inline": [BY_HAND], "trackedBeads": [], "source": True}, True, id="an event's words"),
        pytest.param({"source": True}, False, id="beads that a push made ready"),
        pytest.param({"inline": [BY_HAND], "trackedBeads": []}, False, id="a person at a terminal"),
    ],
)
def test_the_steps_know_whose_words_wait_for_another_convoy(submit, tmp_path, spec, waits):
    """Nobody would sling them again; a bead of the store is done once, whoever does it."""
    if spec.pop("source", False):
        spec["source"] = {
            "trigger": "reviewed",
            "event": "ChangesRequested",
            "object": "7",
            "pull": True,
            "at": "2026-01-01T00:00:00Z",
        }
    orders = TrainOrders.load(submit(**spec).mount(tmp_path))
    assert waits == orders.waits
