"""What agents spent is summed up by convoy, rig or agent; what nobody told is no zero."""

import datetime

import pytest

from crds import Polecat
from workflows.convoys.spending import BY, Spending, spending, total

NOON = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)


def _polecat(name, *, convoy, agent, hour=12, **status):
    ended = NOON.replace(hour=hour).isoformat()
    return Polecat.model_validate(
        {
            "metadata": {"name": name, "labels": {"gastown.io/convoy": convoy}},
            "spec": {"rig": "app", "beadID": name},
            "status": {"agent": agent, "finishedAt": ended, **status},
        }
    )


POLECATS = [
    _polecat("a-1", convoy="one", agent="claude-code", costUSD=0.5, tokens=100),
    _polecat("a-2", convoy="one", agent="codex", tokens=50, hour=3),
    _polecat("a-3", convoy="two", agent="claude-code", costUSD=0.75, tokens=10),
    Polecat.model_validate({"metadata": {"name": "a-4"}, "spec": {"rig": "app", "beadID": "a-4"}}),
]


@pytest.mark.parametrize(
    ("by", "since", "expected"),
    [
        ("convoy", None, [Spending("two", 1, 0, 10, 0.75), Spending("one", 2, 1, 150, 0.5)]),
        ("agent", None, [Spending("claude-code", 2, 0, 110, 1.25), Spending("codex", 1, 1, 50, None)]),
        ("rig", NOON, [Spending("app", 2, 0, 110, 1.25)]),
    ],
)
def test_sums_are_told_the_dearest_first(by, since, expected):
    """Who never started is in none; `since` leaves out what ended before."""
    found = spending(POLECATS, BY[by], since=since)

    assert expected == found
    assert (sum(each.beads for each in expected), 1.25) == (total(found).beads, total(found).cost)


def test_the_verb_answers_in_every_form(look):
    """A table ends with its total; the two ways to say since when exclude each other."""
    assert {"build", "nux"} == {each["name"] for each in look("costs", "-o", "json").json}
    assert "total" == look("costs", "--by", "convoy").out.splitlines()[-1].split()[0]
    assert 2 == look("costs", "--today", "--since", "1h").code
