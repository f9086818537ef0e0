"""The search of a red batch: every culprit, no innocent, few runs, and never a landing that was not tested."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.refinery.trial.search import BaseRed, Search
from workflows.steps.errors import GateBroken

SIZES = st.integers(1, 16)
CASES = SIZES.flatmap(lambda size: st.tuples(st.just(size), st.sets(st.integers(0, size - 1))))


class Gates:
    """Gates that are red for a stack with a bad entry, or with both of a pair that do not go together."""

    def __init__(self, bad=(), pairs=(), flakes=()):
        self.bad = frozenset(bad)
        self.pairs = [frozenset(pair) for pair in pairs]
        self.flakes = set(flakes)
        self.seen = []

    def __call__(self, stack):
        """Run the gates on a stack."""
        self.seen.append(stack)
        sound = not self.bad & set(stack) and not any(pair <= set(stack) for pair in self.pairs)
        return sound and len(self.seen) not in self.flakes


@given(CASES)
def test_every_culprit_and_no_innocent(case):
    """Whatever the culprits are, the others land in their order."""
    size, bad = case
    gates = Gates(bad)
    verdict = Search(gates).sound(range(size))
    assert verdict.culprits == tuple(sorted(bad))
    assert verdict.good == tuple(each for each in range(size) if each not in bad)
    assert not verdict.good or verdict.good in gates.seen


@given(CASES)
def test_the_runs_are_bounded(case):
    """One run for a green batch; for each culprit a search of one run a level, one that confirms it, and one of the rest."""
    size, bad = case
    verdict = Search(Gates(bad)).sound(range(size))
    levels = math.ceil(math.log2(size)) if size > 1 else 0
    assert verdict.runs <= 1 + len(bad) * (levels + 2) + (0 in bad)
    assert bad or verdict.runs == 1


@pytest.mark.parametrize("bad", range(20))
def test_one_bad_among_twenty_costs_eight_runs_at_most(bad):
    """Wherever it stands, the run on the target that clears the first one's base included."""
    verdict = Search(Gates({bad})).sound(range(20))
    assert ((bad,), 19) == (verdict.culprits, len(verdict.good))
    assert verdict.runs <= 8


@pytest.mark.parametrize("pair", [(0, 1), (0, 19), (9, 10), (4, 17), (18, 19)])
def test_a_clashing_pair_among_twenty_costs_ten_runs_at_most(pair):
    """The later one waits."""
    verdict = Search(Gates(pairs=[pair])).sound(range(20))
    assert ((pair[1],), 19) == (verdict.culprits, len(verdict.good))
    assert verdict.runs <= 10


@given(CASES)
def test_on_a_red_target_nobody_is_blamed(case):
    """However many there are, and whatever is wrong with them."""
    size, bad = case
    with pytest.raises(BaseRed):
        Search(lambda _stack: False).sound(range(size))
    gates = Gates(bad)
    verdict = Search(gates).sound(range(size))
    assert all(
        stack in gates.seen
        for stack in (tuple(each for each in verdict.good if each < culprit) for culprit in bad)
    )


@given(CASES, st.integers(0, 15))
def test_one_that_repairs_a_red_target_lands(case, index):
    """What is stacked with it is judged with it."""
    size, _ = case
    repair = index % size
    verdict = Search(lambda stack: repair in stack).sound(range(size))
    assert verdict.good == tuple(range(size))


@given(
    SIZES.filter(lambda size: size > 1).flatmap(
        lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1), min_size=2, max_size=2))
    )
)
def test_of_two_that_do_not_go_together_the_later_waits(case):
    """An interaction failure costs the later one its place in this batch, and nobody else."""
    size, pair = case
    verdict = Search(Gates(pairs=[pair])).sound(range(size))
    assert verdict.culprits == (max(pair),)
    assert len(verdict.good) == size - 1


@given(CASES, st.integers(1, 40))
def test_one_flaky_run_blames_nobody(case, flake):
    """A gate that fails once by chance costs runs, not a place."""
    size, bad = case
    verdict = Search(Gates(bad, flakes={flake})).sound(range(size))
    confirmed = tuple(sorted(bad))
    assert verdict.culprits == confirmed
    assert set(verdict.good) == set(range(size)) - bad


@given(CASES, st.sets(st.integers(1, 60)))
def test_nothing_lands_untested(case, flakes):
    """However flaky the gates are, what lands was green as a whole at least once."""
    size, bad = case
    gates = Gates(bad, flakes=flakes)
    try:
        verdict = Search(gates).sound(range(size))
    except BaseRed:
        assert gates.seen.count(()) == 2
        return
    assert not set(verdict.good) & bad
    assert not verdict.good or verdict.good in gates.seen
    assert sorted(verdict.good + verdict.culprits) == list(range(size))


def test_a_gate_that_could_not_run_blames_nobody():
    """An infrastructure failure ends the search."""

    def broken(_stack):
        raise GateBroken("out of memory")

    with pytest.raises(GateBroken):
        Search(broken).sound((1, 2))
