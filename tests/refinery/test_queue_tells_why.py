"""Each entry of the queue stands where it will be merged, and tells what it waits for."""

import time

import pytest

from workflows import refs
from workflows.entries import Entry, rules
from workflows.local.repositories.queues import queues
from workflows.refinery.queue.marks import Ask, Lease, Result, Results
from workflows.refinery.queue.order import Queued
from workflows.refinery.queue.standing import Standing, TargetQueue

NOW = 1_800_000_000.0
LEASE = Lease("cv/gt-1", "here", 1, int(NOW))


def queued(bead, **changes):
    """An entry as it stands in the repository, published an hour ago."""
    usual = {"bead": bead, "task": bead, "convoy": "cv", "created": "", "priority": 2, "title": "Do it"}
    more = {"branch": f"polecat/{bead}", "base": "main", "published": int(NOW) - 3600, "rules": "r"}
    entry = Entry(**{**usual, **more, **changes})
    return Queued(entry=entry, ref=f"refs/{bead}", tag=bead, sha=bead, author="Max", email="", authored="")


def places(*queue, asking=(), ago=0, **more):
    """The places of these entries, of which some ask to be merged."""
    asks = {bead: Ask(bead, "cv", int(NOW) - ago) for bead in asking}
    return TargetQueue("main", queue, asks, **{"lease": None, **more}).places(NOW)


def red(digest="r", ago=0):
    """The target's tree, which gates found red."""
    return {
        "tree": "t",
        "results": Results((Result("t", digest, "gate unit ended with code 1", int(NOW) - ago),)),
    }


@pytest.mark.parametrize(
    ("changes", "around", "standing", "why"),
    [
        pytest.param({}, {}, "Queued", "no merge of it runs: its convoy was stopped", id="nobody asks"),
        pytest.param({}, {"asking": ["gt-2"], "ago": 99}, "Queued", "no merge of it runs", id="an old ask"),
        pytest.param({"published": int(NOW) - 2}, {}, "Queued", "its merge is about to start", id="new"),
        pytest.param({}, {"asking": ["gt-2"]}, "Queued", "waits for its turn", id="nobody leads"),
        pytest.param(
            {}, {"asking": ["gt-2"], "lease": LEASE}, "Queued", "behind the batch of gt-1", id="another leads"
        ),
        pytest.param(
            {"rules": "x"},
            {"asking": ["gt-2"], "lease": LEASE},
            "Queued",
            "behind the batch of gt-1, which has other gates",
            id="other gates",
        ),
        pytest.param(
            {},
            {"lease": LEASE._replace(batch=("gt-1", "gt-2"))},
            "Merging",
            "in the batch of gt-1, whose gates run",
            id="rides",
        ),
        pytest.param(
            {},
            {"lease": Lease("cv/gt-2", "here", 1, int(NOW), ("gt-2", "gt-1", "gt-3"))},
            "Merging",
            "its gates run on here, for a batch of 3",
            id="leads a batch",
        ),
        pytest.param(
            {},
            {"lease": Lease("cv/gt-2", "here", 1, int(NOW))},
            "Merging",
            "being merged on here",
            id="leads",
        ),
        pytest.param(
            {},
            {"lease": Lease("cv/gt-2", "there", 1, int(NOW) - 300)},
            "Merging",
            "its merge on there was last heard of 300 s ago: another takes its turn",
            id="leads and is silent",
        ),
        pytest.param(
            {"held": "gate unit ended with code 1"},
            {"asking": ["gt-2"]},
            "Held",
            "held back until it is worked again: gate unit ended with code 1",
            id="held",
        ),
        pytest.param(
            {},
            {"asking": ["gt-2"], **red()},
            "Queued",
            "main does not pass its own gates: gate unit ended with code 1",
            id="red target",
        ),
        pytest.param(
            {}, {"asking": ["gt-2"], **red("x")}, "Queued", "waits for its turn", id="red for others"
        ),
        pytest.param({}, {"asking": ["gt-2"], **red(ago=999)}, "Queued", "waits for its turn", id="was red"),
        pytest.param(
            {}, {"claims": {"gt-2": "convoy x on y"}}, "Queued", "worked again by convoy x on y", id="claimed"
        ),
    ],
)
def test_what_an_entry_waits_for_is_told(changes, around, standing, why):
    """In one sentence."""
    found = {each.queued.bead: each for each in places(queued("gt-1"), queued("gt-2", **changes), **around)}
    assert found["gt-2"].standing == Standing(standing)
    assert found["gt-2"].why.startswith(why)


def test_who_leads_stands_first_and_who_is_held_last():
    """Between them by rank, first those that ask: nobody else is taken along."""
    rows = (
        queued("gt-5", held="red", priority=0),
        queued("gt-4", priority=0),
        queued("gt-3", priority=3),
        queued("gt-2", priority=1),
        queued("gt-1", priority=4),
    )
    listed = places(*rows, asking=["gt-2", "gt-3"], lease=LEASE)
    assert [each.queued.bead for each in listed] == ["gt-1", "gt-2", "gt-3", "gt-4", "gt-5"]


def test_the_queue_of_a_repository_says_whose_gates_run(rig):
    """The batch stands in the lease from the moment when its gates are about to run, until they are judged."""
    rig.orders(gates={"unit": "true"}, batch=5)
    for number in (1, 2, 3):
        rig.publish(f"gt-{number}", {f"f{number}": "1\n"}, priority=number)
    rig.ask("gt-2")

    assert rig.merge("gt-1", "prepare") == 0, rig.said
    (queue,) = queues(str(rig.origin))

    assert queue.target == "main"
    assert queue.lease.batch == ("gt-1", "gt-2")
    told = [(each.queued.bead, each.standing.value) for each in queue.places(time.time())]
    assert told == [("gt-1", "Merging"), ("gt-2", "Merging"), ("gt-3", "Queued")]

    assert rig.merge("gt-1", "gates") == 0, rig.said
    assert rig.merge("gt-1", "push") == 0, rig.said
    (queue,) = queues(str(rig.origin))
    assert [each.queued.bead for each in queue.places(time.time())] == ["gt-3"]
    assert queue.lease is None


def test_a_red_result_holds_for_the_head_that_it_was_found_on(rig):
    """Once the target moved on, nothing is known of it."""
    rig.orders(gates={"unit": "true"})
    rig.publish("gt-1", {"a": "1\n"})
    rig.ask("gt-1")
    tree = rig.git("rev-parse", "main^{tree}")
    words = "gate unit ended with code 1"
    rig.mark(refs.results("main"), Results((Result(tree, rules(rig.train), words, int(time.time())),)).dump())

    (queue,) = queues(str(rig.origin))
    assert words in queue.places(time.time())[0].why
    rig.commit({"README": "two\n"}, "main", "repaired", start=rig.base)
    (queue,) = queues(str(rig.origin))
    assert queue.places(time.time())[0].why == "waits for its turn"


def test_targets_have_queues_of_their_own(rig):
    """Also one whose name holds a slash."""
    rig.publish("gt-1", {"a": "1\n"})
    entry = rig.git("rev-parse", refs.queue("main", "gt-1"))
    rig.git("update-ref", refs.queue("release/1.0", "gt-1"), entry)
    assert [each.target for each in queues(str(rig.origin))] == ["main", "release/1.0"]
    assert {len(each.queue) for each in queues(str(rig.origin))} == {1}


def test_a_repository_without_a_queue_answers(rig):
    """Nothing waits there, and nothing is wrong with it."""
    assert queues(str(rig.origin)) == ()
