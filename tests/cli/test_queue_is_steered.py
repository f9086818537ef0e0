"""`mq status` tells of one entry, and `mq reject --end` takes one out without losing its work."""

import pytest

from workflows.entries import Entry


@pytest.fixture
def entered(here, gastown):
    """An entry of another town: its commit on the branch that it names."""
    assert here("rig", "create", "app", "--git-url", gastown.origin, "--prefix", "app").code == 0
    entry = Entry(
        bead="app-1",
        task="app-1",
        convoy="elsewhere",
        created="2026-05-01T10:00:00Z",
        priority=1,
        title="Lay the ground",
        branch="polecat/app-1",
        base="main",
        published=1_780_000_000,
        retries=2,
        held="gate unit is red",
    )
    seed = gastown.root / "seed"
    gastown.git("commit", "--quiet", "--allow-empty", "--message", "Work", cwd=seed)
    gastown.git("push", "--quiet", gastown.origin, "HEAD:polecat/app-1", cwd=seed)
    head = gastown.git("rev-parse", "polecat/app-1")
    text = f"object {head}\ntype commit\ntag q\ntagger Max <max@example.org> 1 +0000\n\n{entry.dump()}\n"
    (gastown.root / "tag").write_text(text)
    tag = gastown.git("hash-object", "-t", "tag", "-w", gastown.root / "tag")
    gastown.git("update-ref", "refs/gastown/queue/main/app-1", tag)
    return head


def _refs(gastown, kind):
    return gastown.git("for-each-ref", "--format=%(objectname) %(refname)", f"refs/gastown/{kind}")


def test_one_entry_is_shown_whole_and_a_queue_in_a_line(here, entered):
    """A program gets the same as data."""
    shown = here("mq", "status", "app-1")
    assert shown.code == 0, shown.err
    for words in ("Lay the ground", "gate unit is red", entered, "Red gates:", "elsewhere", "--end"):
        assert words in shown.out
    whole = here("mq", "status", "app/app-1", "-o", "json").json
    assert (entered, 2, "Max") == (whole["commit"], whole["retries"], whole["author"])
    [line] = here("mq", "status", "-o", "json").json
    assert {"rig": "app", "target": "main", "waiting": 0, "merging": 0, "held": 1} == {
        key: line[key] for key in ("rig", "target", "waiting", "merging", "held")
    }


@pytest.mark.usefixtures("entered")
def test_what_is_not_in_a_queue_is_told(here):
    """With the command that shows what is."""
    assert here("mq", "status", "app-7").error == (
        "app-7: it does not stand in a merge queue; see `gastown mq list` for what does"
    )


@pytest.mark.usefixtures("entered")
def test_an_entry_is_taken_out_and_its_branch_stays(here, gastown):
    """Once; the second time there is nothing."""
    done = here("mq", "reject", "app-1", "--end")
    assert (0, "bead/app-1 is out of the queue; its work is on branch polecat/app-1\n") == (
        done.code,
        done.out,
    )
    assert ("", "") == (_refs(gastown, "queue"), _refs(gastown, "kept"))
    assert "does not stand in a merge queue" in here("mq", "reject", "app-1", "--end").error


@pytest.mark.parametrize("moved", [pytest.param(True, id="moved on"), pytest.param(False, id="gone")])
def test_work_that_no_branch_holds_is_kept(here, gastown, entered, moved):
    """By a ref that nothing of ours overwrites or removes."""
    branch = "refs/heads/polecat/app-1"
    gastown.git(*(("update-ref", branch, "main") if moved else ("update-ref", "-d", branch)))
    done = here("mq", "reject", "app-1", "--end")
    assert done.code == 0, done.err
    assert ("", f"{entered} refs/gastown/kept/app-1/{entered[:12]}") == (
        _refs(gastown, "queue"),
        _refs(gastown, "kept"),
    )


def test_only_what_the_queue_refused_is_merged_again(look):
    """Of anything else the sentence says how it is."""
    assert "bead app-1: the merge queue has not refused it" in look("mq", "retry", "app-1").error
    assert "bead app-4: the merge queue has not refused it" in look("mq", "reject", "app-4", "-m", "x").error
