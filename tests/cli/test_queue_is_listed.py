"""`mq list` shows the order in which the refinery merges."""

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from crds import Convoy, Polecat
from kubectl_gt.show.queue import as_polecats_tell, in_merge_order, inline_priorities, queued, standing
from workflows.entries import Entry
from workflows.refinery.queue.marks import Ask, Lease
from workflows.refinery.queue.order import Queued, batch
from workflows.refinery.queue.standing import TargetQueue

NOW = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)

WAITING = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 48), st.integers(0, 20), st.integers(0, 4)),
    min_size=1,
    max_size=8,
)
"""Of each bead: its priority, the age of its convoy and of its publishing in hours, and its conflicts."""


def polecat(number, *, published, conflicts=0, reason="Queued", rig="app", **status):
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
                **status,
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


def _queue(*numbers, **more):
    asks = {f"app-{number}": Ask(f"app-{number}", "c", int(NOW.timestamp())) for number in numbers}
    entries = tuple(entry(number, 2, 1, 1, 0) for number in numbers)
    return TargetQueue("main", entries, asks, **{"lease": None, **more})


def test_what_argo_says_of_a_pod_is_why_its_bead_waits():
    """Where the Polecat knows no more than that it waits, the repository tells."""
    pending = "its pod has not started: 0/3 nodes are available: insufficient memory"
    lease = Lease("c-1/app-1", "node", 1, int(NOW.timestamp()), ("app-1",))
    found = [
        polecat(1, published=1, reason="Merging", summary="being merged"),
        polecat(2, published=1, summary=pending),
        polecat(3, published=1, summary="in the merge queue"),
        polecat(4, published=1, reason="GateFailed", phase="Stuck", summary="gate unit is red"),
        polecat(5, published=1, reason="Resolving", phase="Working", summary="resolves a conflict"),
    ]

    rows = standing("app", [_queue(1, 2, 3, 4, 5, 6, lease=lease)], found, now=NOW)

    assert [(each.position, each.bead, each.status, each.why) for each in rows] == [
        (1, "app-1", "Merging", "its gates run on node"),
        (2, "app-2", "Queued", pending),
        (3, "app-3", "Queued", "behind the batch of app-1"),
        (4, "app-4", "GateFailed", "gate unit is red"),
        (5, "app-5", "Resolving", "resolves a conflict"),
        (6, "app-6", "Queued", "behind the batch of app-1"),
    ]
    assert [each.polecat for each in rows] == ["nux-1", "nux-2", "nux-3", "nux-4", "nux-5", ""]


def test_without_the_repository_polecats_tell():
    """Each rig counts from one."""
    found = [
        polecat(1, published=9, rig="web", summary="in the merge queue"),
        polecat(2, published=9, reason="Merging", summary="being merged"),
    ]
    rows = as_polecats_tell(found, [], {}, now=NOW)
    assert [(each.position, each.rig, each.bead, each.why) for each in rows] == [
        (1, "app", "app-2", "being merged"),
        (1, "web", "app-1", "in the merge queue"),
    ]


def test_a_queue_that_others_fill_is_listed(here, gastown):
    """It stands in the repository, whichever town published it; a program gets it as data."""
    assert gastown.rig("--prefix", "app").code == 0
    told = entry(1, 2, 1, 1, 0).entry
    head = gastown.git("rev-parse", "main")
    text = f"object {head}\ntype commit\ntag q\ntagger Max <max@example.org> 1 +0000\n\n{told.dump()}\n"
    (gastown.root / "tag").write_text(text)
    tag = gastown.git("hash-object", "-t", "tag", "-w", gastown.root / "tag")
    gastown.git("update-ref", "refs/gastown/queue/main/app-1", tag)

    listed = here("mq", "list", "-o", "json")

    assert listed.code == 0, listed.err
    (row,) = listed.json
    assert row["commit"] == head
    assert (row["bead"], row["convoy"], row["target"], row["status"]) == ("app-1", "c-1", "main", "Queued")
    assert row["why"].startswith("no merge of it runs")
    assert row["publishedAt"] == "2026-05-01T11:00:00Z"


def test_a_repository_that_cannot_be_read_hides_nothing(here, gastown):
    """What Polecats tell is listed, with a note."""
    assert gastown.rig("--prefix", "app").code == 0
    gastown.origin.rename(gastown.root / "elsewhere")
    listed = here("mq", "list", "app")
    assert listed.code == 0
    assert "Note: repository" in listed.err
    assert "The queue of rig app is listed as its Polecats tell of it" in listed.err
