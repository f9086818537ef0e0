"""A rig without gates has no merge to wait for: the polecat's own pod lands its work, and no node is made for the merge."""

import pytest

from workflows.shape import LANDED

LANDS = "GASTOWN_LANDS"
FORGE = {
    "forge": {"kind": "gitea", "apiURL": "https://git.example.org", "repository": "o/r"},
    "forgeTokenSecretRef": {"name": "forge", "key": "token"},
}
GATES = [{"name": "test", "command": "make test"}]
SIGNED = {"commits": {"signingKeySecretRef": {"name": "key", "key": "id"}}}


def told(container):
    """The names of a container's variables."""
    return {each["name"] for each in container.get("env", ())}


def lands(submission):
    """Whether the pod lands, and the graph asks it; both or none."""
    polecat, graph = submission.templates["polecat"], submission.templates["ap-1"]["dag"]
    in_pod = LANDS in told(polecat["container"])
    asked = f"=='{LANDED}'?'work':" in graph.get("target", "")
    puts_out = {"outcome", "merged"} <= {each["name"] for each in polecat["outputs"]["parameters"]}
    assert in_pod == asked == puts_out
    return in_pod


def test_a_rig_without_gates_lands(submit):
    """In `main` alone, which holds the key already."""
    submission = submit()
    assert lands(submission)
    polecat = submission.templates["polecat"]
    others = [*polecat["initContainers"], *polecat["sidecars"]]
    assert not any(LANDS in told(each) for each in others)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"rig": {"gates": GATES}}, id="gates of the rig"),
        pytest.param({"refinery": {"gates": GATES}}, id="gates of the refinery"),
        pytest.param({"rig": FORGE, "refinery": {"mode": "pr"}}, id="pull requests"),
        pytest.param({"refinery": {"mode": "none"}}, id="nobody merges"),
        pytest.param({"mergeStrategy": "published"}, id="published"),
        pytest.param({"held": True}, id="held"),
        pytest.param({"rig": SIGNED}, id="signed"),
    ],
)
def test_others_leave_it_to_the_refinery(submit, asked):
    """What is judged, held or signed goes the longer way."""
    assert not lands(submit(**asked))


def test_the_merge_is_still_there_for_what_the_pod_could_not(submit):
    """A conflict goes to an agent, as everywhere."""
    tasks = {each["name"]: each for each in submit().templates["ap-1"]["dag"]["tasks"]}
    assert set(tasks) == {"ap-1-work", "ap-1-merge", "ap-1-again"}
    assert tasks["ap-1-again"]["when"].endswith("==conflict")
