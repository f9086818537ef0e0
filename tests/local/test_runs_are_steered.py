import pytest

LOCKED = {"synchronization": {"semaphores": [{"configMapKeyRef": {"name": "slots", "key": "n"}}]}}


@pytest.fixture
def three(make):
    """A chain of two and one beside it, with a polecat's template each."""
    return make.workflow(
        make.graph({"a": [], "b": ["a"], "x": []}, "polecat"), make.pod("polecat", retries=2, **LOCKED)
    )


def test_who_finds_no_slot_waits_and_says_so(run, three):
    """As Pending, with the lock's name, until one comes free."""
    going = run(three, limits={"slots": 1})

    assert ["a(0)"] == going.advance()
    node = going.tree.get("c-1.x(0)")
    assert ("Pending", {"waiting": "semaphore slots/n"}) == (node["phase"], node["synchronizationStatus"])
    assert [] == going.advance()
    started = going.end("a(0)")
    assert 1 == len(started)
    assert 2 == len({*started, *going.end(started[0])})
    assert "synchronizationStatus" not in going.tree.get("c-1.x(0)")


def test_suspended_starts_nothing_new(run, three):
    """What is under way goes on."""
    going = run(three, limits={"slots": 9})
    going.advance()
    going.engine.suspended = True

    assert [] == going.end("a(0)")
    assert going.phase("b") is None
    going.engine.suspended = False
    assert ["b(0)"] == going.advance()


def test_over_budget_no_polecat_starts(run, three):
    """It fails with the reason, and is not tried again."""
    going = run(three, limits={"slots": 9})
    going.advance()
    going.engine.refusal = "the budget is spent"

    assert [] == going.end("a(0)")

    assert ("Failed", "main: Error (exit code 22): the budget is spent") == (
        going.phase("b(0)"),
        going.message("b(0)"),
    )
    assert "Failed" == going.phase("b")
    assert "Running" == going.phase("x(0)")


def test_shut_down_ends_all(run, three):
    """Nothing is left running, and nothing starts; the locks are free."""
    going = run(three, limits={"slots": 1})
    going.advance()

    going.engine.shut_down("Stopped with strategy 'Stop'")

    assert [] == going.advance()
    assert {"Failed"} == {node["phase"] for node in going.tree.all()}
    assert {"Stopped with strategy 'Stop'"} == {node["message"] for node in going.tree.all()}
    assert run(three, limits={"slots": 1}).advance() == ["a(0)"]


def test_shut_down_before_the_start(run, three):
    """A convoy can be stopped before its runner has looked at it."""
    going = run(three)

    going.engine.shut_down("Stopped with strategy 'Stop'")

    assert "Failed" == going.engine.phase


def test_one_task_is_ended(run, three):
    """What needs it is omitted; the rest runs on."""
    going = run(three, limits={"slots": 9})
    going.advance()

    going.engine.shut_down("Stopped with strategy 'Terminate'", task="a")
    going.going.remove("a(0)")
    going.advance()

    assert ("Failed", "Failed", "Omitted", "Running") == tuple(map(going.phase, ("a", "a(0)", "b", "x")))
    going.end("x(0)")
    assert "Failed" == going.engine.phase


def test_a_task_is_ended_before_it_starts(run, three):
    """It never does."""
    going = run(three, limits={"slots": 9})
    going.advance()

    going.engine.shut_down("Stopped with strategy 'Terminate'", task="b")

    assert [] == going.end("a(0)")
    assert ("Failed", "Stopped with strategy 'Terminate'") == (going.phase("b"), going.message("b"))


def test_a_late_end_changes_nothing(run, three):
    """A pod that was ended reports after its node was closed."""
    going = run(three, limits={"slots": 9})
    going.advance()
    going.engine.shut_down("Stopped with strategy 'Stop'")

    going.end("a(0)", code=0)

    assert "Failed" == going.phase("a(0)")


def test_a_new_runner_goes_on(run, three):
    """From stored nodes alone: what ran starts again under the same name, what ended stays."""
    first = run(three, limits={"slots": 9})
    first.advance()
    first.end("x(0)")
    stored = first.tree.changes()
    first.locks.release("c-1.a(0)")

    second = run(three, limits={"slots": 9}, nodes=stored)

    assert ["a(0)"] == second.advance()
    assert ["b(0)"] == second.end("a(0)")
    second.end("b(0)")
    assert "Succeeded" == second.engine.phase
