import pytest

from workflows.plan import plan_convoy


def test_loose_beads_share_trains(beads, convoy):
    """250 independent beads are three Workflows that wait for nothing."""
    edges = {f"ap-{number}": [] for number in range(250)}

    plan = plan_convoy(convoy(edges), beads(edges))

    assert [100, 100, 50] == [len(train.tasks) for train in plan.trains]
    assert [(), (), ()] == [train.after for train in plan.trains]
    assert () == plan.notes


def test_a_component_stays_together(beads, convoy):
    """Two chains of 60 are two trains, not one of 100 and a rest: no edge crosses without need."""
    edges = {f"{c}-{n}": [f"{c}-{n - 1}"] if n else [] for c in "ab" for n in range(60)}

    plan = plan_convoy(convoy(edges), beads(edges))

    assert [60, 60] == [len(train.tasks) for train in plan.trains]
    assert not any(task.outside for task in plan.tasks)


def test_a_large_component_is_cut_and_says_so(beads, convoy):
    """A chain of 230 becomes three trains, one after the other."""
    edges = {f"ap-{n:03}": [f"ap-{n - 1:03}"] if n else [] for n in range(230)}

    plan = plan_convoy(convoy(edges), beads(edges))

    assert [100, 100, 30] == [len(train.tasks) for train in plan.trains]
    assert [(), (0,), (1,)] == [train.after for train in plan.trains]
    assert ("230 beads hang together from ap-000 on: cut by wave into 3 trains",) == plan.notes
    assert ("ap-099",) == plan.trains[1].tasks[0].outside


def test_parallelism_holds_over_the_whole_convoy(beads, convoy):
    """A limit is per Workflow, so with one the trains follow each other."""
    edges = {f"ap-{number}": [] for number in range(250)}

    plan = plan_convoy(convoy(edges, parallelism=4), beads(edges))

    assert [(), (0,), (1,)] == [train.after for train in plan.trains]


def test_urgent_beads_start_first(beads, convoy):
    """Inside a wave by priority, then by id."""
    store = beads({"a": [], "b": []}) | beads({"urgent": []}, priority=0)

    plan = plan_convoy(convoy(store), store)

    assert ["urgent", "a", "b"] == [task.bead.id for task in plan.tasks]


def test_waves_are_what_could_run_together(beads, convoy):
    """A diamond has three."""
    edges = {"top": [], "left": ["top"], "right": ["top"], "bottom": ["left", "right"]}

    assert (("top",), ("left", "right"), ("bottom",)) == plan_convoy(convoy(edges), beads(edges)).waves


@pytest.mark.parametrize("size", [1, 100])
def test_a_convoy_of_inline_beads_needs_no_store(convoy, size):
    """They carry their own text and dependencies."""
    inline = [{"id": f"x-{n}", "title": "t", "dependsOn": [f"x-{n - 1}"] if n else []} for n in range(size)]

    plan = plan_convoy(convoy(beads=inline), {})

    assert size == len(plan.tasks)
    assert size - 1 == plan.tasks[-1].wave
