"""Held work stays in the queue, with no process, until a person lands it or sends it back."""

import pytest

from crds import BeadAnswer
from workflows.local.processes import daemon

WORKS = (
    ' ls > "$GASTOWN_BEAD.saw"; if grep -q "^shorter$" "$1"; then echo short; else echo long; fi > same;'
    " git add -A && git commit -qm x"
)


@pytest.fixture
def agent(town):
    """Notes what it sees, and writes a file that all beads share."""
    return town.script(WORKS)


def _held(town, *beads):
    """Wait until nothing goes on any more; these beads, and no others, are held then."""
    town.until(lambda: not (daemon.alive(town.home, "c") or town.processes()))
    reasons = {each.spec.bead_id: each.status.reason for each in town.local.polecats.of_convoy("c")}
    assert set(beads) == {bead for bead, reason in reasons.items() if reason == "Held"}, town.ends()


def test_nothing_is_merged_and_nothing_runs_until_it_is_landed(town, agent):
    """What depends on it waits for the landing and sees the work; no agent runs twice, and what is not landed stays."""
    town.convoy({"a": [], "b": ["a"], "z": []}, agent, held=True)
    _held(town, "a", "z")
    before = town.head()
    assert ([], "InProgress") == (town.merged(), town.status().phase)
    assert {"refs/gastown/queue/main/a", "refs/gastown/queue/main/z"} == set(town.queue().splitlines())

    town.local.convoys.land("c", ["a"])

    _held(town, "b", "z")
    assert ["a"] == town.merged()
    assert before == town.git("rev-parse", "main~1")
    assert "a.saw" in town.git("show", "polecat/b:b.saw")
    town.local.convoys.land("c", ["b"])
    _held(town, "z")
    assert (1, 1, 1) == tuple(town.ran(bead) for bead in ("a", "b", "z"))
    assert 2 == town.status().phases.done


def test_a_rejected_bead_goes_on_from_its_branch_and_is_held_again(town, agent):
    """The agent reads why; what it makes of it is looked at anew."""
    town.convoy({"a": []}, agent, held=True)
    _held(town, "a")
    looked_at = town.local.polecats.get("a").status.commit

    town.local.convoys.answer("c", BeadAnswer(bead="a", rejects=looked_at, words="shorter"))

    _held(town, "a")
    again = town.local.polecats.get("a").status.commit
    assert [looked_at] == town.git("rev-list", f"{again}~1", "-1").splitlines()
    assert ([], 2) == (town.merged(), town.ran("a"))
    town.local.convoys.land("c", ["a"])
    assert "Complete" == town.wait().phase, town.ends()
    assert "short" == town.git("show", "main:same")
    assert 2 == town.ran("a")


def test_what_conflicts_when_it_is_landed_is_resolved_and_held_again(town, agent):
    """The person has not seen the resolution, so it does not land by itself."""
    town.convoy({"a": []}, agent, held=True)
    _held(town, "a")
    town.commit("same", "by a person\n")

    town.local.convoys.land("c", ["a"])

    _held(town, "a")
    assert ([], 2) == (town.merged(), town.ran("a"))
    town.local.convoys.land("c", ["a"])
    assert "Complete" == town.wait().phase, town.ends()
    assert ["a"] == town.merged()
