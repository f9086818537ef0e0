"""Closing beads in a bead file: their lines, in their own form, and not one byte more."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.beads import parse_beads
from workflows.beadstore.closing import close

AT = "2026-05-01T12:00:00Z"
REAL = Path(__file__).parents[3] / "shared" / "data" / "beads-issues.jsonl"

ISSUE = {
    "id": "gt-1",
    "title": "ü <b> & \u2028",
    "status": "open",
    "priority": 1,
    "updated_at": "2026-01-01T00:00:00Z",
}
FORMS = {
    "bd": json.dumps(ISSUE, ensure_ascii=False, separators=(",", ":"))
    .replace("<", "\\u003c")
    .replace(">", "\\u003e")
    .replace("&", "\\u0026")
    .replace("\u2028", "\\u2028"),
    "compact": json.dumps(ISSUE, ensure_ascii=False, separators=(",", ":")),
    "spaced": json.dumps(ISSUE, ensure_ascii=False),
    "ascii": json.dumps(ISSUE),
    "typed": json.dumps({"_type": "issue", **ISSUE}, separators=(",", ":")),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_line_keeps_its_form(form, end):
    """What was there stays where it stands, spelled as it was; the new fields come last."""
    before = FORMS[form]
    found = close(f"{before}{end}".encode(), {"gt-1": "Merged in abc"}, AT)
    assert ("gt-1",) == found.beads
    unquoted = before.replace('"open"', '"closed"').replace("2026-01-01T00:00:00Z", AT)
    sep = (", ", ": ") if '": "' in before else (",", ":")
    added = f'{sep[0]}"closed_at"{sep[1]}"{AT}"{sep[0]}"close_reason"{sep[1]}"Merged in abc"}}'
    assert unquoted[:-1] + added + end == found.content.decode()


@pytest.mark.parametrize(
    "line",
    [
        '{"id":"gt-1","status":"closed","closed_at":"2026-01-01T00:00:00Z"}',
        '{"id":"gt-1","status":"tombstone"}',
        '{"_type":"memory","id":"gt-1","status":"open"}',
        '{"id":"gt-10","status":"open"}',
        '{"id":["gt-1"]}',
        '["gt-1"]',
        '{"id":"gt-1",',
        "",
        "\ufeff",
        '{"id":"gt-1","status":["open"]}',
        '{"id":"gt-1","status":{}}',
        '{"id":"gt-1","n":1e999}',
        '{"id":"gt-1","n":[NaN,-Infinity]}',
        '{"id":"gt-1","n":' + "[" * 100_000,
        '{"id":"gt-1","n":' + "9" * 5000 + "}",
    ],
)
def test_what_is_not_to_be_closed_stays(line):
    """Closed already, another bead, no bead at all, or what JSON has no words for: bd reads no file that has Infinity in it."""
    content = f"{line}\n".encode()
    assert (content, ()) == close(content, {"gt-1": "Merged in abc"}, AT)


def test_a_line_in_no_known_form_is_closed_all_the_same():
    """With its fields in their order; a bead without a status is an open one."""
    found = close(b'\xef\xbb\xbf{ "id" :"gt-1", "n": 1.0, "s": "\\ud800" }', {"gt-1": "r"}, AT)
    assert found.content.startswith(b'\xef\xbb\xbf{"id":"gt-1","n":1.0,"s":"\\ud800","status":"closed",')


def test_a_line_that_is_nested_to_the_limit_stays_or_is_closed():
    """What can be read can't always be written again; neither ends the merge."""
    for depth in range(800, 1100):
        line = b'{"id":"gt-1","n":' + b"[" * depth + b"]" * depth + b"}"
        found = close(line, {"gt-1": "r"}, AT)
        assert (found.content == line) is not bool(found.beads)


@given(st.lists(st.binary(max_size=40)), st.integers(0, 5))
def test_other_lines_are_never_touched(lines, place):
    """Whatever bytes they are."""
    others = [line.replace(b"\n", b" ") for line in lines if b"gt-1" not in line]
    place = min(place, len(others))
    content = b"\n".join([*others[:place], FORMS["bd"].encode(), *others[place:]])
    found = close(content, {"gt-1": "r"}, AT)
    rows = found.content.split(b"\n")
    assert others == rows[:place] + rows[place + 1 :]
    assert ("gt-1",) == found.beads


@pytest.mark.skipif(not REAL.exists(), reason=f"no real bead file at {REAL}")
def test_a_real_file_changes_in_its_lines_only():
    """Every open bead of it closed, one line each; read again, all are closed and nothing else has changed."""
    before = REAL.read_bytes()
    beads = parse_beads(before.decode(), source="before")
    opened = [bead for bead in beads.values() if bead.open]
    found = close(before, {bead.id: "r" for bead in opened}, AT)
    pairs = zip(before.split(b"\n"), found.content.split(b"\n"), strict=True)
    assert len(opened) == sum(old != new for old, new in pairs)
    after = parse_beads(found.content.decode(), source="after")
    closed = {"status": "closed", "updated_at": after[opened[0].id].updated_at}
    assert [bead.model_copy(update=closed) for bead in opened] == [after[bead.id] for bead in opened]
    assert (found.content, ()) == close(found.content, {bead.id: "r" for bead in opened}, AT)
