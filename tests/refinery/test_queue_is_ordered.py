"""The order of the queue: Gas Town's formula, and in a batch only those that ask and share its gates."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.entries import Entry
from workflows.refinery.queue.order import Queued, batch, in_order, score

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


def test_the_best_are_tried_together_and_the_own_among_them():
    """In the queue's order; a step answers for its own bead, so where there is no room the last gives way to it."""
    own, low, high, mid = (
        queued("own", priority=4),
        queued("low", priority=3),
        queued("high", priority=0),
        queued("mid"),
    )
    asking = {"low", "high", "mid"}
    tried = batch(own, (low, high, own, mid), asking=asking, now=NOW, size=3)
    assert [each.bead for each in tried] == ["high", "mid", "own"]
    tried = batch(high, (low, high, own, mid), asking={"low", "mid"}, now=NOW, size=3)
    assert [each.bead for each in tried] == ["high", "mid", "low"]


def test_who_does_not_ask_who_is_held_and_who_has_other_gates_does_not_ride():
    """What nobody waits for may be unwanted, what failed alone would cost a search, what has other gates would not be tested."""
    own, silent, held, other = (
        queued("own", rules="a"),
        queued("silent", rules="a"),
        queued("held", rules="a", held="gate"),
        queued("other", rules="b"),
    )
    assert batch(own, (silent, held, other), asking={"held", "other"}, now=NOW, size=5) == (own,)


def test_one_that_is_held_is_tried_alone():
    """It failed before, and shall cost nobody a search."""
    own, rider = queued("own", held="gate"), queued("rider")
    assert batch(own, (rider,), asking={"rider"}, now=NOW, size=5) == (own,)


def test_held_entries_stand_last_in_the_queue():
    """As it is listed."""
    held, late, early = queued("held", held="x", priority=0), queued("late", priority=3), queued("early")
    assert in_order((held, late, early), NOW) == [early, late, held]


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
    asking = {each.bead for each in others}
    chosen = batch(own, others, asking=asking, now=NOW, size=size)
    random.shuffle(others)
    assert chosen == batch(own, others, asking=asking, now=NOW, size=size)
    assert own in chosen
    assert len(set(chosen)) == len(chosen) == min(max(size, 1), len(others) + 1)
    scores = [score(each.entry, NOW) for each in chosen if each != own]
    assert scores == sorted(scores, reverse=True)
    left = [score(each.entry, NOW) for each in others if each not in chosen]
    assert not scores or not left or scores[-1] >= max(left)


@given(st.text(), st.text(), st.integers(-(2**31), 2**31), st.text())
def test_an_entry_survives_its_tag(title, convoy, priority, held):
    """Whatever the text, the tag's message is one line that reads back the same."""
    made = entry(title=title, convoy=convoy, priority=priority, held=held)
    assert "\n" not in made.dump()
    assert Entry.load(made.dump()) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"bead": 1}',
        "release notes",
        '{"priority": "high"}',
        "[" * 100_000,
        "9" * 5000,
    ],
    ids=["empty", "null", "list", "object", "number", "prose", "priority", "deep", "long"],
)
def test_a_tag_that_is_no_entry_is_none(text):
    """Other people's tags in our namespace are not an error."""
    assert Entry.load(text) is None


ODD = [None, 5, 1.5, True, [], {}, "x", 10**400, -(10**400), float("inf")]


@pytest.mark.parametrize("field", Entry._fields)
def test_an_entry_with_one_odd_field_is_none(field):
    """Another version's, or pushed by somebody who may push: it must not end the merges of the target."""
    usual = entry()._asdict()
    for value in ODD:
        told = Entry.load(json.dumps({**usual, field: value}))
        assert told is None or type(getattr(told, field)) is type(usual[field])


@pytest.mark.parametrize(
    "created", ["", "soon", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2027-13-01"]
)
def test_any_text_is_taken_for_a_time(created):
    """It counts as new, or as old, and nothing worse."""
    assert score(entry(created=created), NOW) > 0
