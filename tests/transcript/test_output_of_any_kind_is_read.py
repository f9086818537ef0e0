"""Whatever an agent prints is read as it comes, in little memory, and reaches people without a control character."""

import io
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.clean import escaped, plain, printable
from workflows.orders import AgentOrders, AgentReport
from workflows.transcript import follow
from workflows.transcript.follow import MOST_TEXT, Transcript
from workflows.transcript.streams import ERR, OUT, Lines

LINES = AgentReport(format="lines", summary="type=result: result", tokens=("usage.out",))
DONE = {"type": "result", "result": "All done", "usage": {"out": 5}}


@pytest.fixture
def transcript(tmp_path):
    """One of an agent that prints an object a line, with what it shows."""

    def make(report=LINES, stream="claude"):
        shown = []
        orders = AgentOrders(name="fake", command=("fake",), report=report, stream=stream)
        made = Transcript(tmp_path, orders, show=shown.append)
        return made, shown

    return make


def _print(folder, data, name=OUT):
    with (folder / name).open("ab") as stream:
        stream.write(data)


def test_lines_are_shown_as_they_come(transcript, tmp_path):
    """Half a line waits for its other half."""
    made, shown = transcript()
    call = {
        "type": "assistant",
        "message": {"content": [{"type": "tool_use", "name": "Bash", "input": {"command": "ls"}}]},
    }
    text = json.dumps(call).encode()
    _print(tmp_path, text[:20])
    made.look()
    assert [] == shown
    _print(tmp_path, text[20:] + b"\n")
    _print(tmp_path, b"a warning\n", ERR)
    made.look()
    assert "$ ls\na warning\n" == "".join(shown)


def test_a_run_is_judged_by_its_own_words(transcript, tmp_path):
    """What was said before it was parked is not said again; what was spent before counts."""
    made, _ = transcript()
    _print(tmp_path, json.dumps({**DONE, "result": "first"}).encode() + b"\n")
    _print(tmp_path, b"limit reached\n", ERR)
    assert ("first", ("limit reached",)) == (made.end_run().told.summary, made.end_run().said)
    made.begin_run()
    _print(tmp_path, json.dumps({"type": "other"}).encode() + b"\n")
    assert ("", ()) == (made.end_run().told.summary, made.end_run().said)
    made.begin_run()
    _print(tmp_path, json.dumps(DONE).encode())
    assert ("All done", "10") == (made.end_run().told.summary, made.report().tokens)


@pytest.mark.parametrize(
    "junk",
    [
        pytest.param(b"\0" * 5000, id="NUL"),
        pytest.param(bytes(range(256)) * 50, id="binary"),
        pytest.param(b"\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m" * 100, id="escapes"),
        pytest.param(b"x" * 300_000, id="an endless line"),
        pytest.param(b'{"type":' * 3000, id="deep JSON"),
        pytest.param(b"\r10%\r20%\r" * 1000, id="a progress bar"),
    ],
)
@pytest.mark.parametrize("where", [OUT, ERR])
def test_junk_changes_nothing(transcript, tmp_path, junk, where):
    """The words are found behind it, and only lines of text are shown."""
    made, shown = transcript()
    _print(tmp_path, junk + b"\n", where)
    _print(tmp_path, json.dumps(DONE).encode() + b"\n")
    assert "All done" == made.end_run().told.summary
    text = "".join(shown)
    assert text.replace("\n", "").replace("\t", "").isprintable() or "\x1b[" in text
    assert not set(text) & {"\0", "\x07", "\r", "\x9b"}
    assert len(text) < 60_000


def test_a_link_is_not_followed(transcript, tmp_path):
    """An agent could make its output a link to what is not its own."""
    secret = tmp_path / "secret"
    secret.write_text(json.dumps({**DONE, "result": "the key"}))
    (tmp_path / OUT).symlink_to(secret)
    assert "" == transcript()[0].end_run().told.summary


_FLAT = """
import datetime, os, resource, sys
from pathlib import Path
from workflows.orders import AgentOrders, AgentReport
from workflows.transcript.follow import MOST_TEXT, Transcript
from workflows.transcript.outcome import End, outcome
report = AgentReport(format="lines", summary="type=result: result")
agent = AgentOrders(name="fake", command=("fake",), report=report, stream="claude")
with open(os.devnull, "wb") as raw:
    made = Transcript(Path(sys.argv[1]), agent, show=len, raw=raw)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told, said = made.end_run()
assert told.summary == "All done", told
assert outcome(End(0), told, said, agent, datetime.datetime.now(datetime.UTC)).reason.word == "Completed"
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""

FLOOD = (300 if os.environ.get("GASTOWN_TEST_WHOLE") else 10) << 20
"""Bytes of a flood: more than are kept of one line either way."""


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(b"x" * 4096, id="one endless line"),
        pytest.param(b"y" * 199 + b"\n", id="lines"),
        pytest.param(b"\0" * 4095 + b"\n", id="NUL"),
        pytest.param(bytes(range(256)), id="binary"),
        pytest.param(b"\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m\x1b[1mgo\x1b[0m\n", id="escapes"),
        pytest.param(json.dumps({"type": "other", "text": "z" * 4000}).encode() + b"\n", id="objects"),
    ],
)
def test_a_flood_changes_nothing(tmp_path, piece):
    """Memory stays little above the longest line that is kept, the words are found behind it, and the outcome is theirs."""
    block = piece * ((1 << 20) // len(piece))
    with (tmp_path / OUT).open("wb") as stream:
        for _ in range(FLOOD // len(block)):
            stream.write(block)
        stream.write(b"\n" + json.dumps(DONE).encode() + b"\n")
    done = subprocess.run(
        (sys.executable, "-c", _FLAT, str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert ("", 0) == (done.stderr, done.returncode)
    assert int(done.stdout) < 48 << 10


def test_of_a_flood_of_text_the_end_is_shown(transcript, tmp_path):
    """To make all of it readable takes longer than its launcher waits; a line says that there was more."""
    made, shown = transcript(AgentReport())
    _print(tmp_path, b"\x1b[1mgo\x1b[0m on\n" * (3 * MOST_TEXT // 12) + b"all is well\n")
    told, said = made.end_run()
    text = "".join(shown)
    assert told.summary.endswith("all is well")
    assert "all is well" == said[-1] == text.splitlines()[-1]
    assert "lines of output are left out here" in text
    assert len(text) < 2 * MOST_TEXT


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives back the disk of a part of a file")
def test_what_was_read_takes_no_disk(transcript, tmp_path):
    """An agent may print for hours. Whoever reads it anew, after a kill, goes on behind what was given back."""
    made, _ = transcript()
    for _ in range(4):
        _print(tmp_path, b"x" * (16 << 20) + b"\n")
        made.look()
    _print(tmp_path, json.dumps(DONE).encode() + b"\n")
    assert "All done" == made.end_run().told.summary
    assert (tmp_path / OUT).stat().st_blocks * 512 <= 18 << 20 < (tmp_path / OUT).stat().st_size
    again, shown = transcript()
    assert "All done" == again.end_run().told.summary
    assert not any("\0" in each for each in shown)


def test_what_is_handed_on_is_bounded(tmp_path, monkeypatch):
    """On one machine it lies on the disk for as long as the town does; its end says that there was more."""
    monkeypatch.setattr(follow, "MOST_RAW", 3 << 20)
    raw = io.BytesIO()
    orders = AgentOrders(name="fake", command=("fake",), report=LINES, stream="claude")
    made = Transcript(tmp_path, orders, show=lambda _: None, raw=raw)
    for _ in range(8):
        _print(tmp_path, b"x" * (1 << 20))
        made.look()
    assert len(raw.getvalue()) < 4 << 20
    assert raw.getvalue().endswith(b"x\ngastown: more than 3 MiB came: the rest is not kept\n")


def test_a_readable_log_is_bounded(transcript, tmp_path, monkeypatch):
    """Of objects as of text: from some size on each look shows its last lines."""
    monkeypatch.setattr(follow, "MOST_SHOWN", 1 << 20)
    made, shown = transcript()
    said = {"type": "assistant", "message": {"content": [{"type": "text", "text": "word " * 1000}]}}
    for _ in range(20):
        _print(tmp_path, (json.dumps(said).encode() + b"\n") * 400)
        made.look()
    assert sum(map(len, shown)) < 6 << 20
    assert "lines of output are left out here" in shown[-1]
    _print(tmp_path, json.dumps(DONE).encode() + b"\n")
    assert "All done" == made.end_run().told.summary


@given(st.lists(st.binary(max_size=40)), st.integers(1, 30))
def test_lines_do_not_depend_on_how_they_arrive(chunks, longest):
    """Cut anywhere, the same lines."""
    cut, whole = Lines(longest), Lines(longest)
    assert [line for each in chunks for line in cut.feed(each)] == list(whole.feed(b"".join(chunks)))
    assert cut.rest() == whole.rest()


@given(st.text())
def test_plain_text_is_one_printable_line(text):
    """For titles, ids, summaries, errors."""
    joiners = {"\u200c", "\u200d"}
    kinds = {unicodedata.category(each) for each in set(plain(text)) - joiners}
    assert not kinds & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(plain(text)) & set("\u202a\u202e\u2066\u2069\u200f\ufeff")


def test_only_colours_pass_in_a_log():
    """A clipboard, a title, a cleared screen do not; nor does text that runs backwards."""
    text = "\x1b[31mred\x1b[0m \x1b]52;c;ZXZpbA==\x07\x1b[2Jend \u202egnp.exe\x9b31m\tok\nnext"
    assert "\x1b[31mred\x1b[0m end gnp.exe\tok\nnext" == printable(text)
    assert "red end gnp.exe ok next" == plain(text)


@given(st.text())
def test_json_keeps_its_value_and_hides_nothing(text):
    """What a program reads is whole, what a terminal reads is no command."""
    shown = escaped(json.dumps({"title": text}, ensure_ascii=False))
    assert {"title": text} == json.loads(shown)
    assert not set(shown) & set("\x7f\x9b\u202e\u2066\ufeff")
