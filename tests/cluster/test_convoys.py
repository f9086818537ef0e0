"""Compiled convoys, submitted as they are, run on real pods and end up merged in the forge's target."""

import pytest
from harness.convoys import Slung, Yard, inline_convoy, writing

from workflows.observe import Stage


def _demo(yard: Yard, *, ssh: bool) -> Slung:
    convoy = inline_convoy("demo", writing(1), writing(2), writing(3, dependsOn=["ap-1", "ap-2"]))
    return yard.sling(convoy, yard.rig(ssh=ssh))


@pytest.mark.slings(by=_demo)
@pytest.mark.parametrize("ssh", [pytest.param(False, id="http"), pytest.param(True, id="ssh")])
def test_a_convoy_is_merged(slung: Slung, *, ssh: bool) -> None:
    """Three beads, the third after the others: all in the target, in an order that the graph allows."""
    yard, seen = slung.yard, slung.observed(seconds=400)
    assert {"ap-1": Stage.DONE, "ap-2": Stage.DONE, "ap-3": Stage.DONE} == {
        bead.bead: bead.stage for bead in seen.beads
    }
    assert ["1.txt", "2.txt", "3.txt", "README.md"] == yard.show("ls-tree", "--name-only", "main").split()
    assert "Write" not in yard.show("for-each-ref", "refs/gastown/queue")
    assert slung.rig.spec.git_url.startswith("ssh" if ssh else "http")
