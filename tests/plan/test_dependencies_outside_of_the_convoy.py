from workflows.plan import plan_convoy


def test_closed_work_is_done(beads, convoy):
    """Inside or outside of the convoy, closed is satisfied."""
    store = beads({"ap-2": ["ap-1", "ap-0"]}) | beads({"ap-1": [], "ap-0": []}, status="closed")

    plan = plan_convoy(convoy(["ap-1", "ap-2"]), store)

    assert [("ap-2", (), ())] == [(task.bead.id, task.needs, task.outside) for task in plan.tasks]
    assert (("ap-1",), ()) == (plan.closed, plan.notes)


def test_a_dangling_dependency_is_noted(beads, convoy):
    """Real stores have them: the bead was deleted. Nothing can be waited for, and the plan says so."""
    plan = plan_convoy(convoy(["ap-1"]), beads({"ap-1": ["ap-gone"]}))

    assert ("ap-1 depends on ap-gone, which the bead store does not know: taken as done",) == plan.notes


def test_open_work_is_ignored_where_asked(beads, convoy):
    """And the plan says so."""
    store = beads({"ap-1": [], "ap-2": ["ap-1", "external:jira:7"]})

    plan = plan_convoy(convoy(["ap-2"], onOpenDependency="Ignore"), store)

    assert 1 == len(plan.tasks)
    assert [
        "ap-2 depends on ap-1, which is open and not in this convoy: ignored as asked",
        "ap-2 depends on external:jira:7, which is open and not in this convoy: ignored as asked",
    ] == list(plan.notes)


def test_other_kinds_of_edges_order_nothing(convoy, beads):
    """A child need not wait for its epic."""
    store = beads({"ap-1": []})
    child = store["ap-1"].model_copy(
        update={"id": "ap-2", "dependencies": tuple(beads({"x": ["ap-1"]})["x"].dependencies)}
    )
    related = child.dependencies[0].model_copy(update={"type": "parent-child"})
    store["ap-2"] = child.model_copy(update={"dependencies": (related,)})

    plan = plan_convoy(convoy(store), store)

    assert [(), ()] == [task.needs for task in plan.tasks]


def test_tracked_and_inline_beads_depend_on_each_other(beads, convoy):
    """One graph, wherever the text stands."""
    inline = [{"id": "x-1", "title": "t", "dependsOn": ["ap-1"]}]

    plan = plan_convoy(convoy(["ap-1", "ap-2"], beads=inline), beads({"ap-1": [], "ap-2": ["x-1"]}))

    assert ["ap-1", "x-1", "ap-2"] == [task.bead.id for task in plan.tasks]


def test_a_convoy_of_closed_beads_has_nothing_to_run(beads, convoy):
    """It is complete from the start."""
    plan = plan_convoy(convoy(["ap-1"]), beads({"ap-1": []}, status="closed"))

    assert ((), ("ap-1",)) == (plan.trains, plan.closed)
