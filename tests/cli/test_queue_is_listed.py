"""`mq list` shows the order in which the refinery merges."""

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from crds import Convoy, Polecat
from kubectl_gt.show.queue import in_merge_order, inline_priorities, queued
from workflows.entries import Entry
from workflows.refinery.queue import Queued, batch

NOW = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)

WAITING = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 48), st.integers(0, 20), st.integers(0, 4)),
    min_size=1,
    max_size=8,
)
"""Of each bead: its priority, the age of its convoy and of its publishing in hours, and its conflicts."""


def polecat(number, *, published, conflicts=0, reason="Queued", rig="app"):
    """The polecat of bead `app-<number>` in convoy `c-<number>`."""
    return Polecat.model_validate(
        {
            "metadata": {"name": f"nux-{number}", "labels": {"gastown.io/convoy": f"c-{number}"}},
            "spec": {"rig": rig, "beadID": f"app-{number}", "desiredState": "Working"},
            "status": {
                "phase": "Done",
                "reason": reason,
                "finishedAt": (NOW - published * HOUR).isoformat(),
                "conflicts": conflicts or None,
            },
        }
    )


def convoy(number, *, age, priority):
    """A convoy of one bead."""
    return Convoy.model_validate(
        {
            "metadata": {"name": f"c-{number}", "creationTimestamp": (NOW - age * HOUR).isoformat()},
            "spec": {
                "description": "d",
                "rigRef": "app",
                "beads": [{"id": f"app-{number}", "title": "t", "priority": priority}],
            },
        }
    )


def entry(number, priority, age, published, conflicts):
    """The same bead as the queue's tag has it."""
    return Queued(
        entry=Entry(
            bead=f"app-{number}",
            task="t",
            convoy=f"c-{number}",
            created=(NOW - age * HOUR).isoformat(),
            priority=priority,
            title="t",
            branch="b",
            base="main",
            published=int((NOW - published * HOUR).timestamp()),
            rounds=conflicts,
        ),
        ref=f"refs/tags/gastown/queue/app-{number}",
        tag="t",
        sha="s",
        author="a",
        email="",
        authored="1 +0000",
    )


@settings(deadline=None)
@given(WAITING)
def test_it_is_the_order_in_which_the_refinery_takes_riders(waiting):
    """One rank for both, whoever leads."""
    polecats = [polecat(n, published=p, conflicts=c) for n, (_, _, p, c) in enumerate(waiting)]
    convoys = [convoy(n, age=age, priority=priority) for n, (priority, age, _, _) in enumerate(waiting)]
    entries = {n: entry(n, *each) for n, each in enumerate(waiting)}

    listed = in_merge_order(polecats, convoys, inline_priorities(convoys), now=NOW)

    numbers = [int(each.spec.bead_id.removeprefix("app-")) for each in listed]
    own, *riders = [entries[number] for number in numbers]
    asking = {each.bead for each in riders}
    taken = batch(own, reversed(riders), asking=asking, now=NOW.timestamp(), size=len(waiting))
    assert [each.bead for each in taken] == [each.spec.bead_id for each in listed]


def test_what_is_being_merged_comes_first_and_rigs_have_queues_of_their_own():
    """Whatever its rank; what is not in a queue is not listed."""
    found = [
        polecat(1, published=9, rig="web"),
        polecat(2, published=9),
        polecat(3, published=1, reason="Merging"),
        polecat(4, published=1, reason="Completed"),
    ]

    listed = in_merge_order(queued(found), [], {("app", "app-2"): 0}, now=NOW)

    assert ["app-3", "app-2", "app-1"] == [each.spec.bead_id for each in listed]
