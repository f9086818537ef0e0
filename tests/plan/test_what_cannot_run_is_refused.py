import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.errors import BeadRefused, ConvoyRefused, DependencyCycle, Refused
from workflows.plan import plan_convoy


@st.composite
def cyclic(draw):
    """A graph with at least one cycle, and more edges around it."""
    ids = [f"b-{number}" for number in range(draw(st.integers(1, 9)))]
    edges = {name: set(draw(st.lists(st.sampled_from(ids), max_size=2))) for name in ids}
    ring = draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
    for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
        edges[one].add(other)
    return edges


@settings(deadline=None)
@given(cyclic())
def test_a_cycle_is_shown(beads, convoy, edges):
    """The error walks a cycle that is there: each bead waits for the next, the last for the first."""
    with pytest.raises(DependencyCycle) as refusal:
        plan_convoy(convoy(edges), beads(edges))

    cycle = refusal.value.cycle
    assert len(set(cycle)) == len(cycle)
    assert all(after in edges[bead] for bead, after in zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    assert f"{cycle[-1]} -> {cycle[0]}; remove one of these dependencies" in str(refusal.value)


def test_a_cycle_behind_a_thousand_beads(beads, convoy):
    """Found without recursion."""
    edges = {f"ap-{n:04}": [f"ap-{n - 1:04}"] for n in range(1, 1500)} | {"ap-0000": ["ap-1499"]}

    with pytest.raises(DependencyCycle) as refusal:
        plan_convoy(convoy(edges), beads(edges))

    assert 1500 == len(refusal.value.cycle)


def _inline(*beads):
    return [{"id": name, "title": "t", "dependsOn": needs} for name, needs in beads]


@pytest.mark.parametrize(
    ("tracked", "spec", "words"),
    [
        pytest.param(["ap-9"], {}, "bead ap-9: not found among the 4 beads of the rig", id="unknown"),
        pytest.param(["ap-1", "ap-1"], {}, "bead ap-1: listed twice", id="twice"),
        pytest.param(
            ["ap-1"], {"beads": _inline(("ap-1", []))}, "bead ap-1: listed twice", id="twice, once inline"
        ),
        pytest.param(
            ["ap-2"],
            {},
            "bead ap-2: depends on ap-1, which is open and not in this convoy; add it",
            id="open",
        ),
        pytest.param(
            [], {"beads": _inline(("x", ["y"]))}, "bead x: depends on y, which neither", id="inline unknown"
        ),
        pytest.param(
            [],
            {"beads": _inline(("x", ["ap-1"]))},
            "bead x: depends on ap-1, which is open",
            id="inline open",
        ),
        pytest.param(["epic"], {}, "bead epic: is of type epic, which is no work; name the tasks", id="epic"),
        pytest.param(
            ["ap-1"],
            {"beads": _inline(("x-", []))},
            "bead x-: its id cannot name a branch and",
            id="dash last",
        ),
        pytest.param([], {"beads": _inline(("x" * 64, []))}, "63 at most", id="long id"),
        pytest.param([], {"beads": _inline(("a.lock", []))}, "its id cannot name", id="git's lock"),
    ],
)
def test_the_error_names_the_bead_and_the_next_step(beads, convoy, tracked, spec, words):
    """One line, before anything has changed."""
    store = beads({"ap-1": [], "ap-2": ["ap-1"], "ap-3": []}) | beads({"epic": []}, issue_type="epic")

    with pytest.raises(BeadRefused) as refusal:
        plan_convoy(convoy(tracked, **spec), store)

    assert words in str(refusal.value)
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    ("name", "rig", "words"),
    [
        pytest.param("c" * 51, "r", "longer than 50", id="long"),
        pytest.param("../up", "r", "lower-case letters, digits and dashes", id="path"),
        pytest.param("Big", "r", "lower-case letters, digits and dashes", id="upper case"),
        pytest.param("c", "r" * 64, "longer than 63", id="long rig"),
    ],
)
def test_names_become_names_of_other_things(beads, convoy, name, rig, words):
    """A convoy's name names Workflows, labels and directories, a rig's is a label's value."""
    with pytest.raises(ConvoyRefused, match=words):
        plan_convoy(convoy(["ap-1"], name=name, rigRef=rig), beads({"ap-1": []}))


@pytest.mark.parametrize("bead", ["a\n\x1b[2J", "a b", "-a", "a..b", "a/b", "", "é"])
def test_a_hostile_dependency_stays_in_its_line(beads, convoy, bead):
    """Ids of a bead store are anybody's text."""
    with pytest.raises(Refused) as refusal:
        plan_convoy(convoy(["ap-1"]), beads({"ap-1": [f"external:{bead}"]}))

    assert str(refusal.value).isprintable()
