import hashlib
import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.names import RESERVED, TASK_LENGTH, task_name, task_names, workflow_name

IDS = st.text(st.sampled_from("aAbB19.-_"), min_size=1, max_size=63)


@pytest.mark.parametrize(
    ("bead", "task"),
    [
        pytest.param("gt-42", "gt-42", id="as it is"),
        pytest.param("GT-42.1", "gt-42-1", id="lower case and dashes"),
        pytest.param("42", "b-42", id="a letter first"),
        pytest.param("--", "b", id="nothing left"),
        pytest.param("a__b..c", "a-b-c", id="one dash for many"),
        pytest.param("in", "b-in", id="a word of Argo's"),
        pytest.param("inn", "inn", id="not that word"),
    ],
)
def test_an_id_becomes_a_name(bead, task):
    """People find a bead's node without a table."""
    assert task == task_name(bead)


def test_a_long_id_keeps_its_beginning():
    """What fits is kept, and a hash tells the rest."""
    one, other = task_name("x" * 50 + "1"), task_name("x" * 50 + "2")

    assert one != other
    assert TASK_LENGTH == len(one)
    assert one.startswith("x" * 31 + "-")


@settings(deadline=None)
@given(st.sets(IDS, max_size=12))
def test_names_are_distinct_and_legal(beads):
    """Argo's pattern, no word of its expressions, no two alike, and the same for any order."""
    names = task_names(beads)

    assert names == task_names(sorted(beads, reverse=True))
    assert len(set(names.values())) == len(beads)
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) for name in names.values())
    assert all(len(name) <= TASK_LENGTH and name not in RESERVED for name in names.values())


def test_a_hashed_name_yields_to_nobody():
    """An id that is itself what another's hashed name would be."""
    clash = task_name("a-b", digest=8)

    names = task_names(["a-b", "a.b", clash])

    assert 3 == len(set(names.values()))


def test_ids_that_share_digits_of_their_hash_are_told_apart():
    """Found in a second by trying: 64 case variants of a long id collapse to one name, and two share eight digits."""
    letters = "abcdefghijklmnopqrst"
    seen = {}
    for cases in itertools.product(*((letter, letter.upper()) for letter in letters)):
        bead = "".join(cases)
        digest = hashlib.sha256(bead.encode()).hexdigest()[:8]
        if digest in seen:
            break
        seen[digest] = bead

    names = task_names([bead, seen[digest]])

    assert 2 == len(set(names.values()))


@pytest.mark.parametrize(("train", "attempt", "name"), [(0, 0, "c-1"), (2, 0, "c-3"), (0, 2, "c-1-r2")])
def test_a_workflow_is_named_after_convoy_train_and_attempt(train, attempt, name):
    """A second submit meets the first one's name."""
    assert name == workflow_name("c", train, attempt)
