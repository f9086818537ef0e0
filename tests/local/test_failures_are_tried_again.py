import pytest


@pytest.fixture
def going(run, make):
    """One pod with two retries, its first attempt under way."""
    begun = run(make.workflow(make.graph({"a": []}), make.pod("work", retries=2)))
    assert ["a(0)"] == begun.advance()
    return begun


def test_after_a_pause_that_grows(going, clock):
    """2 s, then 6 s, then no more."""
    assert [] == going.end("a(0)", code=1)
    assert "Backoff until 2026-03-01T10:00:00Z" == going.message("a")
    clock.pass_(1.9)
    assert [] == going.advance()
    clock.pass_(0.1)
    assert ["a(1)"] == going.advance()
    assert [] == going.end("a(1)", code=143)
    clock.pass_(5.9)
    assert [] == going.advance()
    clock.pass_(0.1)
    assert ["a(2)"] == going.advance()

    going.end("a(2)", code=1)

    assert ("Failed", "No more retries left") == (going.phase("a"), going.message("a"))


@pytest.mark.parametrize(("duration", "pause"), [("500ms", 0.5), ("1m", 60), ("1m30s", 90), ("7", 7)])
def test_after_a_pause_in_any_unit(run, make, clock, duration, pause):
    """A Workflow that somebody wrote by hand may pause for minutes."""
    pod = make.pod("work", retries=1)
    pod["retryStrategy"]["backoff"]["duration"] = duration
    begun = run(make.workflow(make.graph({"a": []}), pod))
    begun.advance()

    assert [] == begun.end("a(0)", code=1)
    clock.pass_(pause - 0.1)
    assert [] == begun.advance()
    clock.pass_(0.1)
    assert ["a(1)"] == begun.advance()


def test_a_lost_pod_too(going, clock):
    """Policy Always: an Error is no reason to give up."""
    going.end("a(0)", code=None, message="pod deleted")
    clock.pass_(2)

    assert ["a(1)"] == going.advance()


def test_at_once_where_it_is_woken(going, clock):
    """What it waited for has come; the pause after the next one is whole again."""
    going.end("a(0)", code=1, sha="f")
    ((name, (last, began, _)),) = going.engine.resting.items()
    assert ("a(0)", "2026-03-01T10:00:00Z") == (last["displayName"], began)
    going.engine.woken = frozenset({name})
    assert ["a(1)"] == going.advance()
    assert {} == going.engine.resting
    going.engine.woken = frozenset()
    assert [] == going.end("a(1)", code=1)
    clock.pass_(6)
    assert ["a(2)"] == going.advance()


def test_success_ends_it(going, clock):
    """Its outputs are the whole's."""
    going.end("a(0)", code=1)
    clock.pass_(2)
    going.advance()

    going.end("a(1)", sha="f")

    assert "Succeeded" == going.engine.phase
    assert "f" == going.tree.get("c-1.a")["outputs"]["parameters"][0]["value"]


@pytest.mark.parametrize("code", [10, 22])
def test_not_where_it_cannot_help(going, clock, code):
    """The expression names the exit codes."""
    going.end("a(0)", code=code)
    clock.pass_(60)

    assert [] == going.advance()
    assert ("Failed", "retryStrategy.expression evaluated to false") == (going.phase("a"), going.message("a"))


def test_a_merge_whose_turn_has_not_come_costs_no_attempt(run, make, clock):
    """As it is compiled: a target that moved or is red is tried again for longer than a crash would be, and with a pause that ends growing."""
    pod = make.pod("work", retries=500)
    expression = (
        "lastRetry.exitCode in ['33', '34'] || (lastRetry.exitCode not in ['0', '31'] && asInt(retries) < 2)"
    )
    pod["retryStrategy"] |= {
        "expression": expression,
        "backoff": {"duration": "2s", "factor": "3", "cap": "1m"},
    }
    begun = run(make.workflow(make.graph({"a": []}), pod))
    begun.advance()
    for number in range(8):
        assert [] == begun.end(f"a({number})", code=33 + number % 2)
        clock.pass_(60)
        assert [f"a({number + 1})"] == begun.advance()
    begun.end("a(8)", code=1)

    assert ("Failed", "retryStrategy.expression evaluated to false") == (begun.phase("a"), begun.message("a"))


def test_a_clock_that_was_set_back_delays_nothing(going, clock):
    """The pause is a courtesy; hours of it are none."""
    assert [] == going.end("a(0)", code=1)
    clock.pass_(-7200)
    assert ["a(1)"] == going.advance()


def test_a_clock_that_was_set_back_gives_no_more_tries(going, clock):
    """What the tries took is not known then; they are not made until the clock is where it was."""
    for number in range(2):
        going.end(f"a({number})", code=1)
        clock.pass_(-7200)
        assert [f"a({number + 1})"] == going.advance()

    going.end("a(2)", code=1)

    assert ("Failed", "No more retries left") == (going.phase("a"), going.message("a"))
