"""What the merge queue refused is merged again without an agent, once whatever was wrong is mended."""

import pytest

WORKS = ' ls > "$GASTOWN_BEAD.saw"; echo "$GASTOWN_BEAD" > same; git add -A && git commit -qm x'


@pytest.fixture
def refused(town):
    """Bead `a` is published and red, for a reason that is not its own; `b` waits for it."""
    town.rig(gates=[{"name": "disk", "command": f"! test -e same || test -e {town.root}/mended"}])
    town.convoy({"a": [], "b": ["a"]}, town.script(WORKS))
    assert "Failed" == town.wait().phase
    assert "GateFailed" == town.ends()["a"][0]
    return town


def test_no_agent_runs_again_and_what_waited_runs(refused):
    """The work is what it was; a bead that depended on it starts after it."""
    (refused.root / "mended").touch()

    refused.local.convoys.land("c", ["a"])

    assert "Complete" == refused.wait().phase, refused.ends()
    assert ["a", "b"] == refused.merged()
    assert 1 == refused.ran("a")
    assert "" == refused.queue()


def test_one_that_is_refused_again_can_be_tried_again(refused):
    """Each try is one run of the gates, and the last one counts."""
    refused.local.convoys.land("c", ["a"])
    assert "GateFailed" == (refused.wait() and refused.ends()["a"][0])
    (refused.root / "mended").touch()

    refused.local.convoys.land("c", ["a"])

    assert "Complete" == refused.wait().phase, refused.ends()
    assert 1 == refused.ran("a")


def test_an_agent_resolves_what_conflicts_by_then(refused):
    """It is merged after that: nobody asked to look at it first."""
    (refused.root / "mended").touch()
    refused.commit("same", "by a person\n")

    refused.local.convoys.land("c", ["a"])

    assert "Complete" == refused.wait().phase, refused.ends()
    assert ["a", "b"] == refused.merged()
    assert 2 == refused.ran("a")
