"""`batchSize` and `parallelism`: how many beads share a run of the gates, and which gates of it run side by side."""

import pytest

from workflows import refs
from workflows.exits import Reason
from workflows.orders import TRAIN_FILE, Gate
from workflows.refinery.queue.marks import Results

MEET = (
    "touch {log}/{own}; for each in $(seq 200); do test -e {log}/{other} && exit 0; sleep 0.02; done; exit 1"
)
"""Passes only while the other one runs, too."""


def _size(rig):
    tag = rig.git("cat-file", "tag", refs.results("main"))
    return Results.load(tag.partition("\n\n")[2]).size


def test_a_batch_is_smaller_after_a_red_run_and_larger_after_a_green_one(rig):
    """Up to `batchSize`, where nothing has to be remembered any more."""
    rig.orders(gates={"unit": "! ls | grep -q bad"}, batch=4)
    beads = [f"gt-{number}" for number in range(12)]
    for bead in beads:
        rig.publish(bead, {"bad" if bead == "gt-0" else bead: "1\n"})
    rig.ask(*beads)
    assert rig.gated("gt-0") == Reason.GATE_FAILED.value
    assert (len(rig.landed()), _size(rig)) == (3, 2)
    assert rig.gated("gt-4") == 0, rig.said
    assert (len(rig.landed()), _size(rig)) == (5, 0)
    rig.ask(*beads)
    assert rig.gated("gt-9") == 0, rig.said
    assert len(rig.landed()) == 9


@pytest.fixture
def meeting(rig):
    """Gates that wait for each other, as parallel ones; `last` is not, and wants both to have passed."""
    log = rig.root / "met"
    log.mkdir()
    rig.orders()

    def write(parallelism):
        pair = (("a", "b"), ("b", "a"))
        gates = [
            Gate(own, MEET.format(log=log, own=own, other=other), 20, parallel=True) for own, other in pair
        ]
        gates.append(Gate("last", f"test -e {log}/a && test -e {log}/b", 20))
        rig.train = rig.train._replace(gates=tuple(gates), parallelism=parallelism)
        (rig.tasks / TRAIN_FILE).write_text(rig.train.dump())
        rig.publish("gt-1", {"1.txt": "1\n"})

    return write


@pytest.mark.parametrize(("parallelism", "end"), [(1, Reason.TARGET_RED.value), (2, 0)])
def test_parallel_gates_run_side_by_side_where_the_refinery_lets_them(rig, meeting, parallelism, end):
    """One at a time otherwise: then the first of these waits in vain, also without any bead."""
    meeting(parallelism)
    assert rig.gated("gt-1") == end, rig.said
