import datetime
from collections import Counter
from pathlib import Path

import pytest

from workflows.beads import NOT_WORK, Bead, read_beads
from workflows.readiness import ready

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
REAL = Path(__file__).parents[2].parent / "shared" / "data" / "beads-issues.jsonl"


def _beads(*rows):
    beads = [
        Bead(
            id=name, dependencies=[{"depends_on_id": other, "type": kind} for other, kind in edges], **fields
        )
        for name, edges, fields in rows
    ]
    return {bead.id: bead for bead in beads}


def test_urgent_work_comes_first():
    """By priority, then age, then id: the same order every time."""
    beads = _beads(
        ("late", [], {"priority": 1, "created_at": "2026-02-01"}),
        ("early", [], {"priority": 1, "created_at": "2026-01-01"}),
        ("b", [], {"priority": 0}),
        ("a", [], {"priority": 0}),
    )

    assert ["a", "b", "early", "late"] == [bead.id for bead in ready(beads, now=NOW)]


@pytest.mark.parametrize(
    ("kind", "status", "waits"),
    [
        pytest.param("blocks", "open", True, id="blocks"),
        pytest.param("conditional-blocks", "open", True, id="conditional-blocks"),
        pytest.param("waits-for", "in_progress", True, id="waits-for"),
        pytest.param("merge-blocks", "open", True, id="merge-blocks"),
        pytest.param("blocks", "closed", False, id="blocked by closed work"),
        pytest.param("blocks", "tombstone", False, id="blocked by deleted work"),
        pytest.param("parent-child", "open", False, id="parent-child"),
        pytest.param("related", "open", False, id="related"),
        pytest.param("discovered-from", "open", False, id="discovered-from"),
    ],
)
def test_four_kinds_of_dependency_hold_work_back(kind, status, waits):
    """The others say where a bead comes from, not when it can start."""
    beads = _beads(("first", [], {"status": status, "issue_type": "epic"}), ("second", [("first", kind)], {}))

    assert ([] if waits else ["second"]) == [bead.id for bead in ready(beads, now=NOW)]


def test_only_open_work_is_ready():
    """What somebody works on already, what is closed and what is no work at all is not offered."""
    beads = _beads(
        ("open", [("gone", "blocks")], {}),
        ("begun", [], {"status": "in_progress"}),
        ("closed", [], {"status": "closed"}),
        ("epic", [], {"issue_type": "epic"}),
    )

    assert ["open"] == [bead.id for bead in ready(beads, now=NOW)]


@pytest.mark.skipif(not REAL.exists(), reason="the real beads are not on this machine (../shared/data)")
def test_real_beads_are_read():
    """485 issues that people wrote, with all their edges."""
    beads = read_beads(REAL)

    kinds = Counter(edge.type for bead in beads.values() for edge in bead.dependencies)
    assert 485 == len(beads)
    assert (68, 102) == (kinds["blocks"], kinds["parent-child"])
    offered = ready(beads, now=NOW)
    assert all(bead.status == "open" and bead.issue_type not in NOT_WORK for bead in offered)
    assert not any(beads[other].open for bead in offered for other in bead.waits_for if other in beads)
    assert sorted(offered, key=lambda bead: (bead.priority, bead.created_at, bead.id)) == list(offered)


@pytest.mark.parametrize(
    ("fields", "offered"),
    [
        pytest.param({"defer_until": "2099-01-01T00:00:00.123456789Z"}, False, id="put off, in nanoseconds"),
        pytest.param({"defer_until": "2026-05-31T23:59:59Z"}, True, id="put off until yesterday"),
        pytest.param({"defer_until": "next week"}, False, id="put off to a time that cannot be read"),
        pytest.param({"defer_until": None}, True, id="not put off"),
        pytest.param({"pinned": True}, False, id="pinned"),
        pytest.param({"ephemeral": True}, False, id="ephemeral"),
        pytest.param({"is_template": True}, False, id="template"),
        pytest.param({"pinned": None, "ephemeral": 0}, True, id="neither"),
        *(pytest.param({"issue_type": kind}, False, id=kind) for kind in sorted(NOT_WORK)),
        *(pytest.param({"issue_type": kind}, True, id=kind) for kind in ("task", "bug", "spike", "")),
    ],
)
def test_not_everything_open_is_work_for_now(fields, offered):
    """What `bd ready` holds back is not handed to agents."""
    assert offered == bool(ready(_beads(("one", [], fields)), now=NOW))


@pytest.mark.parametrize(
    "parent",
    [
        pytest.param({"status": "deferred"}, id="put off"),
        pytest.param({"defer_until": "2099-01-01"}, id="put off to a day"),
        pytest.param({"edges": [("blocker", "blocks")]}, id="waits"),
    ],
)
def test_children_wait_with_their_epic(parent):
    """All the way down; not those of a closed epic, nor where the rig asks for them."""
    edges = parent.pop("edges", [])
    rows = [
        ("blocker", [], {"issue_type": "gate"}),
        ("epic", edges, {"issue_type": "epic", **parent}),
        ("story", [("epic", "parent-child")], {"issue_type": "epic"}),
        ("task", [("story", "parent-child")], {}),
    ]
    beads = _beads(*rows)
    closed = beads | {"epic": beads["epic"].model_copy(update={"status": "closed"})}

    assert [] == [bead.id for bead in ready(beads, now=NOW)]
    assert ["task"] == [bead.id for bead in ready(beads, now=NOW, hold_children=False)]
    assert ["task"] == [bead.id for bead in ready(closed, now=NOW)]


def test_a_circle_or_a_deep_line_of_parents_ends():
    """A bead file of others nests as it likes."""
    circle = [(f"c{n}", [(f"c{(n + 1) % 3}", "parent-child")], {}) for n in range(3)]
    line = [(f"l{n}", [(f"l{n + 1}", "parent-child")], {}) for n in range(5_000)]
    beads = _beads(*circle, *line, ("l5000", [], {"status": "deferred"}))

    assert ["c0", "c1", "c2"] == [bead.id for bead in ready(beads, now=NOW)]
