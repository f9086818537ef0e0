import json

import pytest

from workflows.beads import parse_beads, read_beads
from workflows.errors import BeadsUnreadable

GOOD = '{"id": "ap-1"}'


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        pytest.param(f"{GOOD}\n{{oops\n", "b.jsonl:2: ", "not JSON", id="bad line"),
        pytest.param(f"{GOOD}\n\n{{oops\n", "b.jsonl:3: ", "not JSON", id="blank lines count"),
        pytest.param(f'{GOOD}\n{{"id": "ap-2"', "b.jsonl:2: ", "not JSON", id="cut off"),
        pytest.param(
            f"<<<<<<< HEAD\n{GOOD}\n=======\n{GOOD}\n>>>>>>> x\n", "b.jsonl:1: ", "not JSON", id="conflict"
        ),
        pytest.param(
            f"{GOOD}\n<<<<<<< HEAD\n{GOOD}\n", "b.jsonl:2: ", "not JSON", id="conflict further down"
        ),
        pytest.param(
            f"{GOOD}\n[]\n", "b.jsonl:2: ", "a bead is a JSON object, not list", id="array in a line"
        ),
        pytest.param('{"title": "x"}', "b.jsonl:1: ", "bead without id: id: ", id="no id"),
        pytest.param(f'{GOOD}\n{{"id": ""}}', "b.jsonl:2: ", "id: ", id="empty id"),
        pytest.param(
            f'{GOOD}\n{{"id": "x", "priority": "high"}}', "b.jsonl:2: ", "bead x: priority: ", id="bad field"
        ),
        pytest.param(
            f"[{GOOD},\n{GOOD}]", "b.jsonl: ", "bead ap-1 stands here twice;", id="twice in an array"
        ),
        pytest.param(f"[{GOOD},\n{{oops]", "b.jsonl:2: ", "not JSON", id="bad array"),
        pytest.param("[1]", "b.jsonl: ", "not int", id="number"),
        pytest.param("[" * 100_000, "b.jsonl: ", "recursion", id="deep array"),
        pytest.param(f"{GOOD}\n" + '{"a":' * 100_000, "b.jsonl:2: ", "recursion", id="deep line"),
        pytest.param(
            f'{GOOD}\n{{"id": "x", "priority": {"9" * 5000}}}', "b.jsonl:2: ", "digits", id="long number"
        ),
        pytest.param(f'{GOOD}\n{{"id": "x\\ud800"}}', "b.jsonl:2: ", "unicode", id="half a character"),
    ],
)
def test_the_error_names_file_and_line(text, place, words):
    """One bad line and nothing of the file is used: half a graph would run in the wrong order."""
    with pytest.raises(BeadsUnreadable) as refusal:
        parse_beads(text, source="b.jsonl")

    message = str(refusal.value)
    assert message.startswith(place)
    assert words in message
    assert message.isprintable()


def test_an_id_cannot_break_the_line():
    """What stands in a file is printed to a terminal; it must not move the cursor there."""
    with pytest.raises(BeadsUnreadable) as refusal:
        parse_beads(json.dumps({"id": "x\n\x1b[31m", "priority": []}), source="b.jsonl")

    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "name a file that can be read", id="absent"),
        pytest.param(b"\xff\xfe{\x00", "not UTF-8 at byte 0; save it in that encoding", id="not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read(content, words, tmp_path):
    """Not there, or not text: the path is in the message."""
    file = tmp_path / "issues.jsonl"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(BeadsUnreadable, match=words) as refusal:
        read_beads(file)

    assert str(file) in str(refusal.value)
