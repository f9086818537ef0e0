"""The order of the queue: Gas Town's formula, the own entry first, and only those that share its gates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.entries import Entry
from workflows.refinery.queue import Queued, batch, score

NOW = 1_800_000_000.0
HOUR = 3600
USUAL = {
    "bead": "gt-1",
    "task": "gt-1",
    "convoy": "cv",
    "created": "2027-01-15T08:00:00Z",
    "priority": 2,
    "title": "Do it",
    "branch": "polecat/gt-1",
    "base": "main",
    "published": int(NOW),
}


def entry(**changes):
    """An entry of a convoy made just now, published just now."""
    return Entry(**{**USUAL, **changes})


def queued(name, **changes):
    """An entry as it stands in the repository."""
    told = {"tag": f"t{name}", "sha": f"s{name}", "author": "Max", "email": "", "authored": "1 +0000"}
    return Queued(entry=entry(bead=name, **changes), ref=f"refs/{name}", **told)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, 1200.0, id="the usual"),
        pytest.param({"priority": 0}, 1400.0, id="first priority"),
        pytest.param({"priority": 4}, 1000.0, id="last priority"),
        pytest.param({"priority": 9}, 1000.0, id="a bad priority is the last"),
        pytest.param({"created": "2027-01-15T05:00:00Z"}, 1230.0, id="a convoy of three hours"),
        pytest.param({"created": "2027-01-15T08:00:00+03:00"}, 1230.0, id="a convoy's time zone counts"),
        pytest.param({"created": "soon"}, 1200.0, id="a convoy without a time is new"),
        pytest.param({"published": int(NOW) - 5 * HOUR}, 1205.0, id="an entry of five hours"),
        pytest.param({"published": int(NOW) + HOUR}, 1200.0, id="a clock that runs ahead"),
        pytest.param({"rounds": 1, "retries": 2}, 1050.0, id="three tries"),
        pytest.param({"retries": 50}, 900.0, id="tries cost at most 300"),
    ],
)
def test_the_score_is_gas_towns(changes, expected):
    """`1000 + 10 h(convoy) + 100 (4 - priority) - min(50 tries, 300) + h(entry)`."""
    assert score(entry(**changes), NOW) == expected


def test_the_own_entry_leads_and_the_best_ride_along():
    """A step answers for its own bead; who rides along is by score, and there is no more room than the batch."""
    own, low, high, mid = (
        queued("own", priority=4),
        queued("low", priority=3),
        queued("high", priority=0),
        queued("mid"),
    )
    assert [each.bead for each in batch(own, (low, high, own, mid), now=NOW, size=3)] == [
        "own",
        "high",
        "mid",
    ]


def test_held_entries_and_other_gates_do_not_ride():
    """What failed alone would cost everyone a search; what has other gates would not be tested."""
    own, held, other = (
        queued("own", rules="a"),
        queued("held", rules="a", held="gate"),
        queued("other", rules="b"),
    )
    assert batch(own, (held, other), now=NOW, size=5) == (own,)


ENTRIES = st.lists(
    st.builds(
        lambda number, priority, age, tries: (number, priority, age, tries),
        st.integers(0, 10**6),
        st.integers(0, 4),
        st.integers(0, 100 * HOUR),
        st.integers(0, 10),
    ),
    unique_by=lambda each: each[0],
    max_size=12,
)


@given(ENTRIES, st.integers(0, 8), st.randoms())
def test_the_batch_does_not_depend_on_how_the_queue_was_listed(made, size, random):
    """Deterministic, without repeats, in falling score, and as long as it may be."""
    own = queued("own")
    others = [queued(str(n), priority=p, published=int(NOW) - a, retries=t) for n, p, a, t in made]
    chosen = batch(own, others, now=NOW, size=size)
    random.shuffle(others)
    assert chosen == batch(own, others, now=NOW, size=size)
    assert chosen[0] == own
    assert len(set(chosen)) == len(chosen) == min(max(size, 1), len(others) + 1)
    scores = [score(each.entry, NOW) for each in chosen[1:]]
    assert scores == sorted(scores, reverse=True)
    left = [score(each.entry, NOW) for each in others if each not in chosen]
    assert not scores or not left or scores[-1] >= max(left)


@given(st.text(), st.text(), st.integers(), st.text())
def test_an_entry_survives_its_tag(title, convoy, priority, held):
    """Whatever the text, the tag's message is one line that reads back the same."""
    made = entry(title=title, convoy=convoy, priority=priority, held=held)
    assert "\n" not in made.dump()
    assert Entry.load(made.dump()) == made


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"bead": 1}', "release notes", '{"priority": "high"}']
)
def test_a_tag_that_is_no_entry_is_none(text):
    """Other people's tags in our namespace are not an error."""
    assert Entry.load(text) is None
