"""Of the steps that would merge a pull request, one asks the forge; a dead one's right to do so runs out by nobody else's clock."""

import pytest

from workflows import refs
from workflows.refinery.modes.pr.claim import TAKEN, take
from workflows.steps.git.command import Git
from workflows.steps.git.remote import Remote

REF = refs.landing("main", "gt-1")


@pytest.fixture
def taking(rig):
    """Takes the claim at a time of the holder's own clock; `meanwhile` happens while it waits. Answers with the claim and how long it took."""
    rig.git("init", "--quiet", "--bare", rig.root / "own.git")
    remote = Remote(Git.of(rig.environ, {}).having(GIT_DIR=rig.root / "own.git"), str(rig.origin))
    remote.git.run("fetch", "--quiet", str(rig.origin), "main")

    def taken(holder, at, meanwhile=lambda: None):
        passed = [0.0]

        def sleep(seconds):
            passed[0] += seconds
            meanwhile()

        found = take(remote, REF, rig.base, holder=holder, now=at, monotonic=lambda: passed[0], sleep=sleep)
        return found, passed[0]

    return taken


@pytest.mark.parametrize("off", [-7200, 0, 7200], ids=["behind", "the same", "ahead"])
def test_a_dead_claim_is_taken_over(rig, taking, off):
    """After it stood still for long enough, whatever time its holder had."""
    taking("dead", 1_000_000 + off)
    found, passed = taking("next", 1_000_000)
    assert found.tag == rig.refs()[REF]
    assert TAKEN <= passed <= TAKEN + 2


@pytest.mark.parametrize("off", [-7200, 0, 7200], ids=["behind", "the same", "ahead"])
def test_a_live_claim_is_left_alone(rig, taking, off):
    """Its holder gives it back: then the pull request is looked at again, and not merged at once."""
    live, _ = taking("live", 1_000_000 + off)
    found, passed = taking("next", 1_000_000, meanwhile=live.leave)
    assert found is None
    assert passed < TAKEN
    assert REF not in rig.refs()
