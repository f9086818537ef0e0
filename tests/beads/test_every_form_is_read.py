import json

import pytest

from workflows.beads import parse_beads, read_beads

ONE = {"id": "ap-1", "title": "one", "status": "open", "priority": 1, "issue_type": "bug"}
TWO = {
    "id": "ap-2",
    "title": "two",
    "dependencies": [{"issue_id": "ap-2", "depends_on_id": "ap-1", "type": "blocks"}],
}
MEMORY = {"_type": "memory", "key": "k", "value": "v"}


def _lines(*records):
    return "".join(f"{json.dumps(record)}\n" for record in records)


FORMS = {
    "old lines": _lines(ONE, TWO),
    "new lines": _lines({"_type": "issue"} | ONE, MEMORY, {"_type": "issue"} | TWO),
    "no line break at the end": _lines(ONE, TWO).rstrip("\n"),
    "CRLF": _lines(ONE, TWO).replace("\n", "\r\n"),
    "blank lines": "\n" + _lines(ONE).replace("\n", "\n\n  \n") + _lines(TWO),
    "byte order mark": "\ufeff" + _lines(ONE, TWO),
    "bare array": json.dumps([ONE, MEMORY, TWO], indent=2),
    "envelope": json.dumps({"schema_version": 1, "data": [ONE, TWO]}, indent=2),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_the_same_beads_in_every_form(text, tmp_path):
    """Whatever `bd` wrote, and whatever an editor did to its line ends, the beads are the same."""
    file = tmp_path / "issues.jsonl"
    file.write_bytes(text.encode())

    beads = read_beads(file)

    assert ["ap-1", "ap-2"] == list(beads)
    assert ("one", "bug", 1) == (beads["ap-1"].title, beads["ap-1"].issue_type, beads["ap-1"].priority)
    assert ("ap-1",) == beads["ap-2"].waits_for


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(json.dumps(ONE), id="one line"),
        pytest.param(json.dumps(ONE, indent=2), id="bare object"),
        pytest.param(json.dumps({"schema_version": 1, "data": ONE}), id="envelope"),
    ],
)
def test_one_bead(text):
    """`bd show --json` gives one object."""
    assert ["ap-1"] == list(parse_beads(text, source="one"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty file"),
        pytest.param("\n\n", id="blank lines"),
        pytest.param("[]", id="empty array"),
        pytest.param("null", id="null"),
        pytest.param('{"schema_version": 1, "data": null}', id="null in the envelope"),
        pytest.param(json.dumps(MEMORY), id="one line of another type"),
        pytest.param(_lines(MEMORY, MEMORY), id="lines of another type"),
    ],
)
def test_no_beads(text):
    """None at all is no error; Go writes an empty list as null."""
    assert {} == parse_beads(text, source="none")


def test_null_is_absent():
    """Older exports write null where newer ones leave the field out."""
    nulls = dict.fromkeys(
        ("title", "description", "labels", "dependencies", "assignee", "created_at", "issue_type")
    )

    bead = parse_beads(_lines({"id": "ap-1"} | nulls), source="nulls")["ap-1"]

    assert ("", (), (), True) == (bead.title, bead.labels, bead.dependencies, bead.open)


def test_lines_end_at_line_breaks_only():
    """U+2028 and form feeds are line ends to Python and letters to JSON."""
    text = '{"id": "ap-1", "description": "a\u2028b\u2029c\x85d"}\n{"id": "ap-2"}\n'

    beads = parse_beads(text, source="separators")

    assert "a\u2028b\u2029c\x85d" == beads["ap-1"].description
    assert 2 == len(beads)


def test_unknown_fields_are_passed_over():
    """A newer `bd` adds fields; they are no reason to stop."""
    assert "ap-1" in parse_beads(_lines({"id": "ap-1", "spec_id": 7, "quality": [1]}), source="newer")


OLD = {"id": "ap-1", "title": "Old", "status": "open", "updated_at": "2026-01-01T10:00:00Z"}
NEW = {"id": "ap-1", "title": "New", "status": "closed", "updated_at": "2026-01-01T10:00:00.000000001+00:00"}


@pytest.mark.parametrize(
    ("rows", "title", "kept"),
    [
        pytest.param([OLD, NEW | {"updated_at": "2026-01-02T10:00:00Z"}], "New", 3, id="the newer is below"),
        pytest.param([NEW | {"updated_at": "2026-01-02T10:00:00Z"}, OLD], "New", 1, id="the newer is above"),
        pytest.param([OLD, NEW], "New", 3, id="as new as one another"),
        pytest.param([OLD | {"updated_at": None}, NEW | {"updated_at": "x"}], "New", 3, id="no times"),
    ],
)
def test_of_two_lines_of_one_bead_the_newer_counts(rows, title, kept):
    """`merge=union` keeps both; it is said which was taken, and no other bead is lost for it."""
    beads = parse_beads(_lines(rows[0], {"id": "ap-2"}, rows[1]), source="b.jsonl")

    assert (title, ["ap-1", "ap-2"]) == (beads["ap-1"].title, list(beads))
    assert (f"b.jsonl: bead ap-1 stands in lines 1 and 3; line {kept} is the newer",) == beads.notes


def test_the_same_line_twice_is_not_worth_a_word():
    """Nothing was decided."""
    beads = parse_beads(_lines(OLD, OLD), source="b.jsonl")
    assert ({"ap-1"}, ()) == (set(beads), beads.notes)
