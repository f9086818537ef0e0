"""A bead file takes no more memory and time of its reader than a large one of honest beads: whoever may commit to a repository writes it."""

import contextlib
import tracemalloc

import pytest

from workflows.beads import EDGES, MOST, NOTES, parse_beads
from workflows.errors import BeadsUnreadable

SIZE = 6_000_000
MEMORY = 120_000_000
"""Bytes at the peak, of a file a quarter as large as one may be."""

FILES = {
    "dependencies": ('{"id":"a","dependencies":[', '{"depends_on_id":"b"},', "]}"),
    "labels": ('{"id":"a","labels":[', '"aa",', "]}"),
    "lists in a field that nobody reads": ('{"id":"a","x":[', "[],", "]}"),
    "objects in a field that nobody reads": ('{"id":"a","x":[', "{},", "]}"),
    "objects that are no beads": ("[", "{},", "]"),
    "an envelope": ('{"schema_version":1,"data":[', "{},", "]}"),
    "letters of four bytes": ('{"id":"a","title":"', "\U0001f600", '"}'),
}


@pytest.mark.parametrize(("head", "unit", "tail"), FILES.values(), ids=FILES)
def test_a_file_of_any_form_stays_small(head, unit, tail):
    """It is read, or refused in words."""
    text = f"{head}{(unit * (SIZE // len(unit.encode()))).rstrip(',')}{tail}"
    tracemalloc.start()
    with contextlib.suppress(BeadsUnreadable):
        parse_beads(text, source="b.jsonl")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MEMORY


def test_dependencies_are_counted_over_all_beads():
    """Each takes a good part of what a bead takes."""
    needs = ",".join(['{"depends_on_id":"a"}'] * 300)
    lines = [f'{{"id":"b-{number}","dependencies":[{needs}]}}' for number in range(EDGES // 300 + 1)]
    assert len(parse_beads("\n".join(lines[:-1]), source="b.jsonl")) == EDGES // 300
    with pytest.raises(BeadsUnreadable, match=r"b.jsonl:501: it holds more than 150,000 dependencies"):
        parse_beads("\n".join(lines), source="b.jsonl")


def test_of_lines_for_one_bead_the_first_are_named():
    """A `merge=union` leaves a few; a hundred thousand would cost hours."""
    lines = (f'{{"id":"a","title":"{number}"}}' for number in range(MOST))
    notes = parse_beads("\n".join(lines), source="b.jsonl").notes
    assert len(notes) == NOTES + 1
    assert notes[-1] == f"b.jsonl: {MOST - 1 - NOTES:,} more lines stand for beads that stand there twice"
