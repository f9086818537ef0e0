"""`convoy graph` in a cluster reads the beads' order from the Workflows, in each shape that a version compiled."""

import pytest
from harness.recorded import FOLDER, Recording

CONVOY = {
    "apiVersion": "gastown.gastown.io/v1alpha1",
    "kind": "Convoy",
    "metadata": {"name": "merged", "namespace": "town"},
    "spec": {"description": "d", "rigRef": "app", "trackedBeads": ["ap-3", "ap-2", "ap-1"]},
}


@pytest.mark.parametrize("recording", ["merged", "earlier/merged"])
def test_the_order_is_the_workflows(served, recording):
    """The third bead waits for both others, though the convoy itself lists ids only."""
    workflow = Recording.load(FOLDER / f"{recording}.json").last

    def answer(asked):
        answers = {"convoys/merged": CONVOY, "workflows": {"items": [workflow]}}
        return 200, next((told for end, told in answers.items() if asked.path.endswith(end)), {"items": []})

    ran = served(answer)("convoy", "graph", "merged")
    assert 0 == ran.code
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert ["○ ap-2", "└─ ○ ap-3 (also after ap-1)", "○ ap-1"] == lines
