"""A target that does not pass its own gates is said so once; it costs no bead anything, and what repairs it lands."""

import json
import time

import pytest

from workflows import refs
from workflows.exits import Reason
from workflows.refinery.queue.marks import RECHECK, Result, Results

GATE = "echo run >> {log}; test ! -e broken || test -e repaired"


@pytest.fixture
def counted(rig):
    """A gate that is red on a tree with a file `broken`, and how often it ran."""
    log = rig.root / "runs"
    rig.orders(gates={"sound": GATE.format(log=log)})
    return lambda: len(log.read_text().split()) if log.exists() else 0


@pytest.fixture
def broken(rig):
    """A target that somebody broke after three beads were published."""
    for number in range(3):
        rig.publish(f"gt-{number}", {f"{number}.txt": "1\n"})
    return rig.commit({"broken": "1\n"}, "main", "break it", start=rig.base)


@pytest.mark.parametrize(
    ("ago", "late"), [(RECHECK - 1, True), (-60, True), (RECHECK, False), (-RECHECK, False)]
)
def test_a_red_result_counts_for_a_while(ago, late):
    """Also one by a machine whose clock runs ahead, and not for as long as that clock says."""
    assert late == Result("tree", "rules", "red", 5000 - ago).red_of_late(5000)


def _results(rig):
    tag = rig.git("cat-file", "tag", refs.results("main"))
    return Results.load(tag.partition("\n\n")[2])


@pytest.mark.usefixtures("counted")
def test_nobody_is_blamed_and_the_commit_is_named(rig, broken):
    """The gate, its words and the target's commit; every entry stays as it was."""
    rig.ask("gt-1", "gt-2")
    before = rig.refs()
    assert rig.gated("gt-0") == Reason.TARGET_RED.value
    assert f"main does not pass its own gates at {broken[:12]}" in rig.last_words()
    assert "gate sound ended with code 1" in rig.last_words()
    assert rig.refs() == before
    assert rig.marks("lease") == []


def test_a_step_waits_without_running_what_is_known_to_be_red(rig, broken, counted):
    """Also for beads that were in the batch: they did not repair it."""
    assert broken
    rig.ask("gt-1", "gt-2")
    rig.gated("gt-0")
    ran = counted()
    for bead in ("gt-0", "gt-1"):
        assert rig.merge(bead, "prepare", GASTOWN_PATIENCE="0.1") == Reason.TARGET_RED.value
    assert counted() == ran


@pytest.mark.usefixtures("counted", "broken")
def test_it_lifts_by_itself(rig):
    """A step that waits goes on when the target moves, and a later one finds all as usual."""
    rig.gated("gt-0")
    waiting = rig.start("gt-0", "prepare", GASTOWN_PATIENCE="60")
    end = time.monotonic() + 20
    while "gt-0" not in str(rig.marks("asks")):
        assert time.monotonic() < end
        time.sleep(0.02)
    rig.git("update-ref", "refs/heads/main", rig.base)
    _, said = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, said
    assert [rig.merge("gt-0", "gates"), rig.merge("gt-0", "push")] == [0, 0], rig.said
    assert rig.gated("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-0", "gt-1"]


@pytest.mark.usefixtures("counted", "broken")
def test_what_repairs_it_lands(rig):
    """It was not tried yet, so it is; the others follow."""
    rig.gated("gt-0")
    rig.publish("gt-9", {"repaired": "1\n"})
    assert rig.gated("gt-9") == 0, rig.said
    assert rig.gated("gt-0") == 0, rig.said
    assert rig.landed() == ["gt-9", "gt-0"]


def test_after_a_while_the_target_is_tried_again(rig, broken, counted):
    """What was wrong may have been the machine; it costs one run."""
    assert broken
    rig.gated("gt-0")
    old = _results(rig)
    aged = old._replace(runs=tuple(each._replace(at=each.at - 3600) for each in old.runs))
    rig.mark(refs.results("main"), aged.dump())
    ran = counted()
    assert rig.gated("gt-0") == Reason.TARGET_RED.value
    assert counted() == ran + 1


def test_a_tree_that_was_green_is_not_tested_again(rig, counted):
    """The target took somebody's push meanwhile and went back: the same files are as green as before."""
    rig.publish("gt-1", {"1.txt": "1\n"})
    assert [rig.merge("gt-1", phase) for phase in ("prepare", "gates")] == [0, 0], rig.said
    rig.commit({"b": "1\n"}, "main", "by a person", start=rig.base)
    assert rig.merge("gt-1", "push") == Reason.TARGET_MOVED.value
    rig.git("update-ref", "refs/heads/main", rig.base)
    ran = counted()
    assert rig.gated("gt-1") == 0, rig.said
    assert [rig.landed(), counted()] == [["gt-1"], ran]


@pytest.mark.parametrize(
    "text", ["", "null", '{"runs": 3}', '{"runs": [[1, 2, 3, 4], ["a"]], "size": "x"}', "[" * 100_000]
)
def test_results_that_are_none_are_as_if_absent(text):
    """Others may write there."""
    assert Results.load(text) == Results()


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        pytest.param("kill -KILL $$", "was killed (code -9)", id="killed"),
        pytest.param("no-such-program", "its command is not in the refinery's image", id="not found"),
    ],
)
def test_gates_that_can_run_on_nothing_are_the_machines_fault(rig, gate, words):
    """They fail the step in a way that is tried again a few times; nobody is blamed."""
    rig.orders(gates={"broken": gate})
    rig.publish("gt-1", {"a": "1\n"})
    before = rig.refs()
    assert rig.merge("gt-1", "prepare") == 0
    assert rig.merge("gt-1", "gates") == Reason.FAILED.value
    assert words in rig.last_words()
    assert rig.refs() == before


def test_a_bead_whose_gate_is_killed_fails_for_the_machines_sake_and_nobody_beside_it(rig):
    """It is found as a red one is, held so that no other batch meets it, and tried again by its own step, which fails for it alone."""
    rig.orders(gates={"sound": "test ! -e hog || kill -KILL $$"})
    for number in range(4):
        rig.publish(f"gt-{number}", {"hog" if number == 1 else f"{number}": "1\n"})
    rig.ask("gt-1", "gt-2", "gt-3")
    assert rig.gated("gt-0") == 0, rig.said
    assert [rig.landed(), rig.queue()] == [["gt-0", "gt-2", "gt-3"], ["gt-1"]]
    held = json.loads(rig.git("cat-file", "tag", refs.queue("main", "gt-1")).partition("\n\n")[2])
    assert [held["fault"], held["retries"]] == ["Failed", 0]
    assert rig.gated("gt-1") == Reason.FAILED.value
    assert "was killed (code -9)" in rig.last_words()
