"""Any step killed with -9 at any git call and run again: nothing is lost, nothing is done twice, the target never goes back."""

import os
import shutil
import sys

import psutil
import pytest

from workflows import refs
from workflows.exits import Reason

KILLED = -9
WHOLE = bool(os.environ.get("GASTOWN_TEST_WHOLE"))
"""At every call, where `make test` takes a sample."""


class Killer:
    """A git on PATH that kills the step that calls it, at its n-th call: before git runs, or just after."""

    def __init__(self, town):
        self.town = town
        self.count = town.root / "calls"
        self.path = town.root / "shim"
        self.path.mkdir()

    def calls(self):
        """How often git was called since it was armed."""
        return len(self.count.read_text().splitlines())

    def arm(self, number, when):
        """Kill at this call."""
        git, kill = shutil.which("git"), "kill -KILL $PPID"
        at = f'test "$(wc -l < {self.count})" -ne {number} ||'
        before, after = (f"{at} {{ {kill}; exit 1; }}", "") if when == "before" else ("", f"{at} {kill}")
        script = f'#!/bin/sh\necho >> {self.count}\n{before}\n{git} "$@"\ncode=$?\n{after}\nexit $code\n'
        (self.path / "git").write_text(script)
        (self.path / "git").chmod(0o755)
        self.count.write_text("")
        return f"{self.path}:{self.town.environ['PATH']}"


@pytest.fixture
def killer(town):
    """A killer for the steps of this town."""
    return Killer(town)


def check(town, bead):
    """The bead is on the target once, recorded, and nothing of it is left over."""
    there = town.refs()
    told = town.git("log", "--format=%(trailers:key=Gastown-Bead,valueonly=true)", "main").split()
    assert told.count(bead) == 1
    assert town.show("main", bead) == f"work on {bead}"
    record = there[refs.merged("cv", bead)]
    assert f"Do {bead} ({bead})" == town.git("log", "-1", "--format=%s", record)
    left = [refs.queue("main", bead), refs.wip(bead), refs.claim(bead)]
    assert [ref for ref in left if ref in there] == []


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("verb", "when", "fresh", "numbers"),
    [
        pytest.param("clone", "before", False, range(1, 41, 1 if WHOLE else 3), id="clone"),
        pytest.param("publish", "before", False, range(1, 41, 1 if WHOLE else 5), id="publish"),
        pytest.param(
            "publish", "after", True, range(2, 41, 1 if WHOLE else 5), id="publish, its workspace lost"
        ),
    ],
)
def test_a_step_killed_at_every_call(town, killer, verb, when, fresh, numbers):
    """Bead after bead, the step dies one call later each time, until it is through; then the pod is run again."""
    for number in numbers:
        bead = town.bead(f"gt-{number}")
        town.script(f"echo work on {bead} > {bead}; echo run >> {town.root}/runs-{bead}")
        if verb == "publish":
            assert town.step("clone", bead=bead).code == 0
            town.launch(bead)
        done = town.step(verb, bead=bead, PATH=killer.arm(number, when))
        if fresh:
            shutil.rmtree(town.workspace(bead))
        again = town.polecat(bead)
        assert again.code == 0, again.err
        # The agent's files were only in its workspace: where that is lost, so is the run that was not saved yet.
        runs = (town.root / f"runs-{bead}").read_text().split()
        assert len(runs) == 1 or (fresh and len(runs) == 2)
        assert done.code in (0, KILLED)
        if killer.calls() < number:
            break
    assert done.code == 0
    assert number > 2
    town.script("true")
    for each in range(numbers.start, number + 1, numbers.step):
        # Only a bead whose own merge step asks for it is landed.
        assert town.step("merge", bead=f"gt-{each}").code == 0
        check(town, f"gt-{each}")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_polecat_that_lands_killed_at_any_call(town, killer, when):
    """While it publishes and merges; then its pod is run again, in a workspace of its own: it lands once."""
    lands = {"GASTOWN_LANDS": "true"}
    for number in range(3, 80, 1 if WHOLE else 6):
        bead = town.bead(f"gt-{number}")
        town.script(f"echo work on {bead} > {bead}")
        assert town.step("clone", bead=bead).code == 0
        town.launch(bead)
        killed = town.step("publish", bead=bead, **lands, PATH=killer.arm(number, when))
        through = killer.calls() < number
        assert killed.code == (0 if through else KILLED)
        if not through:
            shutil.rmtree(town.workspace(bead))
            assert town.step("clone", bead=bead).code == 0
            town.launch(bead)
            assert town.step("publish", bead=bead, **lands).code == 0
        check(town, bead)
        if through:
            break
    assert through
    assert number > 20


BESIDE = (
    "git worktree add -q --detach ../one; echo 42 > ../one/answer; git init -q inner; (cd inner; echo 1 > a; git add a; "
    "git commit -q -m a; echo 2 > b); echo 3 > stashed; git stash -q -u; echo 4 > own"
)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("killed", ["main", "courier"])
def test_what_lies_elsewhere_is_kept_once_by_a_step_that_is_killed(town, killer, killed):
    """At any call of `main`, and of its courier: the next run keeps the same commits, and no others."""
    for number in range(2, 200, 2 if WHOLE else 9):
        bead = town.bead(f"gt-{number}")
        town.script(f"{BESIDE}; echo run >> {town.root}/runs-{bead}")
        assert town.step("clone", bead=bead).code == 0
        town.launch(bead)
        shim = killer.arm(number, "before")
        town.beside_path = shim if killed == "courier" else town.environ["PATH"]
        done = town.step(
            "publish", bead=bead, GASTOWN_SILENCE="1", **({"PATH": shim} if killed == "main" else {})
        )
        first = {ref for ref in town.refs() if ref.startswith(f"refs/gastown/kept/{bead}/")}
        town.beside_path = town.environ["PATH"]
        again = town.step("publish", bead=bead)
        assert again.code == 0, again.err
        kept = {ref for ref in town.refs() if ref.startswith(f"refs/gastown/kept/{bead}/")}
        assert (len(kept), first <= kept) == (3, True)
        if killer.calls() < number:
            break
    assert done.code == 0
    assert number > 10


def test_a_killed_courier_costs_a_try(town, killer):
    """`main` hears of it no more, and asks for another pod, which goes on with the agent's work."""
    town.script("echo work on gt-1 > gt-1; echo run >> $GASTOWN_ESCALATE.runs")
    assert town.step("clone").code == 0
    town.launch()
    town.beside_path = killer.arm(1, "before")
    done = town.step("publish", GASTOWN_SILENCE="1")
    assert done.code == Reason.FAILED.value
    assert "the courier, which brings the agent's work to main, is gone" in town.last_words()
    town.beside_path = town.environ["PATH"]
    assert town.polecat().code == 0
    assert (town.workspace() / "run" / "escalate.runs").read_text() == "run\n"
    assert town.step("merge").code == 0
    check(town, "gt-1")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_courier_ends_with_its_main_in_the_middle_of_a_look(town, killer, until):
    """The next attempt has a courier of its own, and both would write the same packs."""
    town.script("echo 1 > a")
    assert town.step("clone").code == 0
    killer.arm(0, "before")
    slow = killer.path / "git"
    slow.write_text(
        f'#!/bin/sh\ncase $HOME in */handover) sleep 20;; esac\nexec {shutil.which("git")} "$@"\n'
    )
    main = town.start(
        sys.executable,
        "-m",
        "workflows.steps",
        "publish",
        alone=True,
        PATH=f"{killer.path}:{town.environ['PATH']}",
    )
    town.launch()
    (courier,) = until(lambda: psutil.Process(main.pid).children())
    gits = until(lambda: courier.children(recursive=True))
    main.kill()
    main.wait()
    courier.wait(5)
    for each in gits:
        each.kill()
    main.communicate()
