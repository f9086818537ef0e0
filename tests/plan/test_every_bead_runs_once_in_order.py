"""Properties of any plan: nothing is lost, nothing runs twice, nothing runs before what it needs."""

from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.plan import plan_convoy, runnable
from workflows.plan.trains import CAPACITY

SIZES = st.integers(1, 12) | st.integers(CAPACITY - 2, CAPACITY + 30) | st.just(3 * CAPACITY + 7)


@st.composite
def graphs(draw):
    """`{id: [ids it waits for]}` without cycles, in any order: loose beads, small groups, one large one."""
    random = draw(st.randoms(use_true_random=True))
    size = draw(SIZES)
    reach = draw(st.sampled_from([0, 1, 3, 50, size]))
    ids = [f"{random.choice('abc')}-{number}" for number in range(size)]
    random.shuffle(ids)
    edges = {}
    for position, name in enumerate(ids):
        known = ids[max(0, position - reach) : position] if reach else []
        edges[name] = random.sample(known, min(len(known), random.randint(0, 3)))
    return edges


def _positions(plan):
    return {task.bead.id: (train.index, task.wave) for train in plan.trains for task in train.tasks}


@settings(deadline=None, max_examples=100)
@given(graphs(), st.sampled_from([0, 1, 4]))
def test_complete_and_in_order(beads, convoy, edges, parallelism):
    """Each open bead stands in exactly one train; edges point to earlier tasks of it, or to trains it comes after."""
    plan = plan_convoy(convoy(edges, parallelism=parallelism), beads(edges))

    placed = [task.bead.id for task in plan.tasks]
    assert sorted(edges) == sorted(placed)
    before, positions = _closure(plan), _positions(plan)
    for train in plan.trains:
        seen = set()
        assert 1 <= len(train.tasks) <= CAPACITY
        for task in train.tasks:
            assert set(task.needs) <= seen
            assert {positions[bead][0] for bead in task.outside} <= before[train.index]
            inside = {each.bead.id for each in train.tasks if each.name in task.needs}
            assert set(edges[task.bead.id]) == inside | set(task.outside)
            seen.add(task.name)


def _closure(plan):
    """The trains that have ended when a train starts."""
    before = {}
    for train in plan.trains:
        assert all(index < train.index for index in train.after)
        before[train.index] = set(train.after).union(*(before[index] for index in train.after))
    return before


@settings(deadline=None, max_examples=100)
@given(graphs(), st.randoms(use_true_random=True))
def test_the_order_of_the_input_changes_nothing(beads, convoy, edges, random):
    """The same convoy gives the same Workflows, however its beads were listed and stored."""
    shuffled = [(name, random.sample(needs, len(needs))) for name, needs in edges.items()]
    random.shuffle(shuffled)

    again = plan_convoy(convoy([name for name, _ in shuffled]), beads(dict(shuffled)))

    plan = plan_convoy(convoy(edges), beads(edges))
    assert _shape(plan) == _shape(again)


def _shape(plan):
    tasks = [
        [(task.name, task.needs, task.outside, task.wave) for task in train.tasks] for train in plan.trains
    ]
    return tasks, [train.after for train in plan.trains], plan.notes


@settings(deadline=None, max_examples=100)
@given(graphs(), st.randoms(use_true_random=True))
def test_an_attempt_takes_up_what_is_left(beads, convoy, edges, random):
    """Merged beads are left out, what waited for them waits no more, and names stay."""
    merged = {name for name in edges if random.random() < 0.4}
    whole = plan_convoy(convoy(edges), beads(edges))

    plan = plan_convoy(convoy(edges), beads(edges), done=merged)

    assert set(edges) - merged == {task.bead.id for task in plan.tasks}
    assert tuple(sorted(merged)) == plan.closed
    names = {task.bead.id: task.name for task in whole.tasks}
    assert all(names[task.bead.id] == task.name for task in plan.tasks)


@settings(deadline=None, max_examples=100)
@given(graphs(), st.randoms(use_true_random=True))
def test_what_can_still_run_runs(beads, convoy, edges, random):
    """A train keeps the beads whose needs are merged or run with it, and no other."""
    plan = plan_convoy(convoy(edges), beads(edges))
    merged = {task.bead.id for task in plan.tasks if random.random() < 0.7}

    for train in plan.trains:
        kept = {task.bead.id for task in runnable(train, merged).tasks}
        mine = {task.bead.id for task in train.tasks}
        for bead in mine:
            met = all(need in kept if need in mine else need in merged for need in edges[bead])
            assert met == (bead in kept)
