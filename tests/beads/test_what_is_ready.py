from collections import Counter
from pathlib import Path

import pytest

from workflows.beads import NOT_WORK, Bead, read_beads, ready

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

    assert ["a", "b", "early", "late"] == [bead.id for bead in ready(beads)]


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

    assert ([] if waits else ["second"]) == [bead.id for bead in ready(beads)]


def test_only_open_work_is_ready():
    """What somebody works on already, what is closed and what is no work at all is not offered."""
    beads = _beads(
        ("open", [("gone", "blocks")], {}),
        ("begun", [], {"status": "in_progress"}),
        ("closed", [], {"status": "closed"}),
        ("epic", [], {"issue_type": "epic"}),
    )

    assert ["open"] == [bead.id for bead in ready(beads)]


@pytest.mark.skipif(not REAL.exists(), reason="the real beads are not on this machine (../shared/data)")
def test_real_beads_are_read():
    """485 issues that people wrote, with all their edges."""
    beads = read_beads(REAL)

    kinds = Counter(edge.type for bead in beads.values() for edge in bead.dependencies)
    assert 485 == len(beads)
    assert (68, 102) == (kinds["blocks"], kinds["parent-child"])
    offered = ready(beads)
    assert all(bead.status == "open" and bead.issue_type not in NOT_WORK for bead in offered)
    assert not any(beads[other].open for bead in offered for other in bead.waits_for if other in beads)
    assert sorted(offered, key=lambda bead: (bead.priority, bead.created_at, bead.id)) == list(offered)
