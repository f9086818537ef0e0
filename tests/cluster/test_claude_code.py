"""The real Claude Code, in an image of its own, works a bead in a pod against a stand-in for its model's API."""

import pytest
from harness.convoys import Slung, Yard, inline_convoy, writing
from harness.gitserver import secret
from harness.images import CLAUDE

from workflows.observe import Stage


def _real(yard: Yard) -> Slung:
    if not yard.cluster.has_image(CLAUDE):
        pytest.skip("this machine has no npm, which Claude Code comes with")
    yard.cluster.apply(secret("model-key", yard.namespace, {"key": "sk-stand-in"}))
    quiet = ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING")
    agent = {
        "image": CLAUDE,
        "modelProvider": {"endpoint": yard.cluster.model_url},
        "env": [{"name": name, "value": "1"} for name in quiet],
    }
    convoy = inline_convoy("real", writing(1), agent="claude-code", agentConfig=agent)
    rig = yard.rig({"apiKeySecretRef": {"name": "model-key", "key": "key"}})
    return yard.sling(convoy, rig)


@pytest.mark.slings(by=_real)
def test_claude_code_works_a_bead(slung: Slung) -> None:
    """It edits, commits and tells what it cost; its key comes from a Secret, and its commit ends up in the target."""
    (bead,) = slung.observed(seconds=400).beads
    assert (Stage.DONE, "Done as asked.") == (bead.stage, bead.summary), bead.message
    assert bead.cost is not None
    assert bead.cost > 0
    assert "1\n" == slung.yard.show("show", "main:1.txt")
