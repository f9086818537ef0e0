"""Where a bead store asks for it, a merge closes its beads in the target's own bead file: one commit more, in the same push."""

import json
import re
import shutil

import pytest

from workflows import refs
from workflows.entries import Entry

FILE = ".beads/issues.jsonl"
KILLED = -9


def _line(bead, **more):
    return json.dumps({"id": bead, "title": f"Do {bead}", "status": "open", **more}, separators=(",", ":"))


@pytest.fixture
def beads(rig):
    """Puts a bead file on the target, and asks for it to be kept."""

    def put(*lines, **changes):
        text = "".join(f"{line}\n" for line in lines)
        rig.base = rig.commit({FILE: text, "src/a": "1\n", ".beads/config": "x\n"}, "main", "beads")
        rig.orders(beads=FILE, **changes)

    return put


def _closed(rig):
    """The beads that are closed on the target, with their reasons."""
    # Not rig.git, which would strip the file's end.
    records = [json.loads(line) for line in rig.git("show", f"main:{FILE}").splitlines()]
    return {each["id"]: each.get("close_reason", "") for each in records if each["status"] == "closed"}


def test_a_merged_bead_is_closed_by_the_commit_after_its_own(rig, beads):
    """Its reason names the commit that carries it, which stays the one that is recorded; no other file and no other line changes."""
    other = '{"id": "gt-2",   "status": "open"}'
    beads(_line("gt-1"), other)
    rig.publish("gt-1", {"a": "1\n"})
    assert rig.merge("gt-1") == 0, rig.said
    closing, merge, base = rig.git("rev-list", "-3", "main").split()
    assert (merge, rig.base) == (rig.refs()[refs.merged("cv", "gt-1")], base)
    assert (merge, f"merged gt-1 into main as {merge[:12]}; closed in {FILE}") == (
        rig.output("gt-1", "sha"),
        rig.output("gt-1", "summary"),
    )
    message = ["Close gt-1", "", "Gastown-Closed: gt-1", "Gas Town Polecat"]
    assert message == rig.git("log", "-1", "--format=%B%an", closing).splitlines()
    assert [FILE] == rig.git("diff", "--name-only", merge, closing).splitlines()
    assert {"gt-1": f"Merged in {merge}"} == _closed(rig)
    assert other == rig.git("show", f"main:{FILE}").splitlines()[1]
    assert rig.git("fsck", "--strict", "--no-dangling") == ""


def test_a_file_without_end_closes_no_bead(rig, beads):
    """Whoever may push may make it so large that reading it would end every merge."""
    beads(_line("gt-1", title="x" * 25_000_000))
    rig.publish("gt-1", {"a": "1\n"})
    assert rig.merge("gt-1") == 0, rig.said
    assert (rig.landed(), _closed(rig)) == (["gt-1"], {})
    assert "no bead is closed: .beads/issues.jsonl of main is larger than" in rig.said


@pytest.mark.parametrize("date", ["99999999999", "1780000000000", "0", "9" * 30, "-5", "soon"])
@pytest.mark.parametrize("style", ["squash", "merge", "rebase"])
def test_beads_are_closed_on_a_target_of_any_date(rig, beads, date, style):
    """A person's clock may be set to any year, a tool may write milliseconds, and an agent what it likes."""
    beads(_line("gt-1"), style=style)
    rig.base = _dated(rig, rig.base, date)
    rig.git("update-ref", "refs/heads/main", rig.base)
    work = rig.publish("gt-1", {"a": "1\n"})
    entry = Entry.load(rig.git("cat-file", "tag", refs.queue("main", "gt-1")).partition("\n\n")[2])
    rig.enqueue(_dated(rig, work, date), entry)
    assert rig.merge("gt-1") == 0, rig.said
    assert list(_closed(rig)) == ["gt-1"]


def _dated(rig, commit, date):
    """The same commit as another program would write it."""
    text = re.sub(r"> \d+ [+]\d+", f"> {date} +0000", rig.git("cat-file", "commit", commit))
    return rig.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", text=f"{text}\n")


def test_riders_are_closed_by_the_same_commit(rig, beads):
    """One push, one closing commit; a rider's own step finds all done."""
    beads(*(_line(f"gt-{number}") for number in range(3)))
    for number in range(3):
        rig.publish(f"gt-{number}", {f"f{number}": "1\n"})
    rig.ask("gt-0", "gt-2")
    assert rig.merge("gt-1") == 0, rig.said
    assert {f"gt-{number}": f"Merged in {_record(rig, number)}" for number in range(3)} == _closed(rig)
    assert "Close gt-0 and 2 more" == rig.git("log", "-1", "--format=%s", "main")
    head = rig.git("rev-parse", "main")
    assert rig.merge("gt-2") == 0, rig.said
    assert (head, "4") == (rig.git("rev-parse", "main"), rig.git("rev-list", "--count", f"{rig.base}..main"))


def _record(rig, number):
    return rig.refs()[refs.merged("cv", f"gt-{number}")]


@pytest.mark.parametrize(
    "line",
    [
        '{"id":"gt-1","status":"closed","close_reason":"by hand"}',
        '{"id":"gt-9","status":"open"}',
        '{"id":"gt-1","status":',
    ],
    ids=["closed already", "not there", "not readable"],
)
def test_where_nothing_is_to_be_closed_nothing_is_added(rig, beads, line):
    """The merge is what it would have been."""
    beads(line)
    rig.publish("gt-1", {"a": "1\n"})
    assert rig.merge("gt-1") == 0, rig.said
    assert rig.git("rev-parse", "main") == rig.refs()[refs.merged("cv", "gt-1")]
    assert line == rig.git("show", f"main:{FILE}")


def test_without_a_bead_file_the_merge_goes_on(rig):
    """It says so, and lands."""
    rig.orders(beads=FILE)
    rig.publish("gt-1", {"a": "1\n"})
    assert rig.merge("gt-1") == 0
    assert f"no bead is closed: main has no file {FILE}" in rig.said
    assert ["gt-1"] == rig.landed()


def test_an_agent_that_closed_its_bead_itself_is_believed(rig, beads):
    """Its branch brings the closed line."""
    beads(_line("gt-1"))
    rig.publish("gt-1", {"a": "1\n", FILE: _line("gt-1", status="closed") + "\n"})
    assert rig.merge("gt-1") == 0, rig.said
    assert ({"gt-1": ""}, ["gt-1"]) == (_closed(rig), rig.landed())


def test_gates_come_before_the_push_that_closes(rig, beads):
    """In three containers as in one; a bead that is red stays open."""
    beads(_line("gt-1"), _line("gt-2"), gates={"good": "! test -e bad"})
    rig.publish("gt-1", {"a": "1\n"})
    assert rig.gated("gt-1") == 0, rig.said
    rig.publish("gt-2", {"bad": "1\n"})
    assert rig.gated("gt-2") == 31
    assert ["gt-1"] == list(_closed(rig))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_at_any_call_it_closes_once(rig, beads):
    """From the first call that closes to the last: merged and closed, or neither, and never twice."""
    beads(*(_line(f"gt-{number}") for number in range(40)))
    count = rig.root / "calls"
    rig.publish("gt-0", {"gt-0": "1\n"})
    assert rig.merge("gt-0", PATH=_killing(rig, count, 0)) == 0, rig.said
    calls = count.read_text().count("\n")
    # Closing takes nine calls, the push and its reading back two.
    for number in range(calls - 10, calls + 1, 2):
        bead = f"gt-{number}"
        rig.publish(bead, {bead: "1\n"})
        assert rig.merge(bead, PATH=_killing(rig, count, number)) == KILLED
        assert (refs.merged("cv", bead) in rig.refs()) == (bead in _closed(rig))
        assert rig.merge(bead) == 0, rig.said
        assert bead in _closed(rig)
    subjects = rig.git("log", "--format=%s", f"{rig.base}..main").splitlines()
    done = ["gt-0", *(f"gt-{number}" for number in range(calls - 10, calls + 1, 2))]
    assert sorted(f"Close {bead}" for bead in done) == sorted(each for each in subjects if "Close" in each)


def _killing(rig, count, number):
    """A path with a git that kills the step just after its n-th call, and counts the calls."""
    shim = rig.root / "shim"
    shim.mkdir(exist_ok=True)
    kill = f'test "$(wc -l < {count})" -ne {number} || kill -KILL $PPID'
    script = f'#!/bin/sh\necho >> {count}\n{shutil.which("git")} "$@"\ncode=$?\n{kill}\nexit $code\n'
    (shim / "git").write_text(script)
    (shim / "git").chmod(0o755)
    count.write_text("")
    return f"{shim}:{rig.environ['PATH']}"
