"""A person's answer reaches the agent that works the bead next, and makes nobody else work again."""

import pytest

from crds import BeadAnswer, ConvoySpec
from workflows.convoys.answers import answered
from workflows.errors import Refused

ASKS = (
    ' if grep -q "^# Do wait" "$1"; then touch {root}/at-work; until [ -e {root}/go ]; do sleep 0.02; done; fi;'
    ' if grep -q "^# Do ask" "$1" && ! grep -q "^blue$" "$1";'
    ' then echo half > "$GASTOWN_BEAD.half"; echo "which colour?" > "$GASTOWN_ESCALATE"; exit; fi;'
    ' echo "$GASTOWN_BEAD" > "$GASTOWN_BEAD" && git add -A && git commit -qm x'
)


@pytest.fixture
def agent(town):
    """Asks for a colour where the bead's id begins with `ask`, until its prompt says blue."""
    return town.script(ASKS)


def _blue(bead):
    return BeadAnswer(bead=bead, question="Escalated: which colour?", words="blue")


def test_the_bead_goes_on_from_where_it_asked_and_others_keep_asking(town, agent):
    """What waited for it runs too; whoever has no answer yet is not paid to ask again, until everything is tried again."""
    town.convoy({"ask-1": [], "ask-2": [], "c": ["ask-1"]}, agent)
    assert "Failed" == town.wait().phase

    town.local.convoys.answer("c", _blue("ask-1"))

    status = town.wait()
    assert ("Failed", ("ask-2",)) == (status.phase, status.failed_beads)
    assert ["ask-1", "c"] == town.merged()
    assert "ask-1.half" in town.git("ls-tree", "--name-only", "main")
    assert ("Escalated", "which colour?") == town.ends()["ask-2"]
    assert (2, 1) == (town.ran("ask-1"), town.ran("ask-2"))
    town.local.convoys.resume("c")
    assert "Failed" == town.wait().phase
    assert 2 == town.ran("ask-2")


def test_an_answer_waits_for_those_who_are_at_work(town, agent):
    """Two answers while another bead runs are heard in the next attempt, which begins when that one has ended."""
    town.convoy({"ask-1": [], "ask-2": [], "wait-1": []}, agent)
    town.until(
        lambda: {"ask-1", "ask-2"} == set(town.status().failed_beads) and (town.root / "at-work").exists()
    )

    town.local.convoys.answer("c", _blue("ask-1"))
    town.local.convoys.answer("c", _blue("ask-2"))

    assert ("InProgress", 0) == (town.status().phase, town.status().attempt)
    (town.root / "go").touch()
    assert "Complete" == town.wait().phase, town.ends()
    assert 1 == town.status().attempt
    assert {"ask-1", "ask-2", "wait-1"} == set(town.merged())
    assert (2, 2, 1) == tuple(town.ran(bead) for bead in ("ask-1", "ask-2", "wait-1"))


def test_an_attempt_that_is_to_begin_is_no_failure(town, agent):
    """Between the end of one attempt and its next, which was asked for meanwhile, `--wait` goes on."""
    town.convoy({"ask-1": []}, agent)
    town.wait()
    town.until(lambda: not town.processes())

    town.local.convoys.records.change(
        "c", **answered(town.local.convoys.get("c").spec, _blue("ask-1"), begun=True)
    )

    assert ("Pending", 1) == (town.status().phase, town.status().attempt)
    town.local.convoys.records.change("c", stop=True)
    assert "Failed" == town.status().phase


def test_the_same_convoy_again_is_the_answered_one(town, agent):
    """`convoy create` in a script does nothing twice, answered or not."""
    town.convoy({"ask-1": []}, agent)
    town.wait()
    town.local.convoys.answer("c", _blue("ask-1"))
    assert "Complete" == town.wait().phase
    town.convoy({"ask-1": []}, agent)
    assert 2 == town.ran("ask-1")


def test_no_agent_hears_of_work_that_none_does():
    """A branch that a person submitted is mended by that person."""
    spec = ConvoySpec.model_validate(
        {"description": "d", "rigRef": "app", "beads": [{"id": "mine", "title": "Mine", "branch": "mine"}]}
    )
    with pytest.raises(Refused, match="bead mine: no agent works it; push to its branch and retry it"):
        answered(spec, BeadAnswer(bead="mine", words="shorter"), begun=True)
