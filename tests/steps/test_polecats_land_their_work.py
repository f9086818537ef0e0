"""Where nothing judges it, a polecat merges what it published; what hinders that is left to the merge step."""

import shutil

from workflows import refs
from workflows.exits import Reason

LANDS = {"GASTOWN_LANDS": "true"}


def polecat(town, meanwhile=None):
    """A whole polecat in a pod that lands its work; a person pushes files to the target meanwhile."""
    assert town.step("clone").code == 0
    town.launch()
    if meanwhile:
        town.commit("Theirs", meanwhile)
    done = town.step("publish", **LANDS)
    assert done.code == 0, done.err
    return done


def close(town):
    """Have the repository refuse whatever would move the target."""
    hook = town.origin / "hooks" / "update"
    hook.write_text('#!/bin/sh\ntest "$1" != refs/heads/main || { echo main is closed; exit 1; }\n')
    hook.chmod(0o755)
    return hook


def told(town, name, bead="gt-1"):
    """An output; empty where there is none, as Argo has it."""
    file = town.workspace(bead) / "out" / name
    return file.read_text() if file.exists() else ""


def test_it_is_on_the_target_and_the_queue_is_empty(town):
    """One commit, its record, and the agent's own words beside where it went."""
    town.script("echo done > a; echo did it")
    polecat(town)
    head = town.git("rev-parse", "main").strip()
    assert town.subjects()[0] == "Do gt-1 (gt-1)"
    assert {name: told(town, name) for name in ("outcome", "merged", "commit", "branch", "reason")} == {
        "outcome": "landed",
        "merged": head,
        "commit": head,
        "branch": "main",
        "reason": Reason.COMPLETED.word,
    }
    there = town.refs()
    assert there[refs.merged("cv", "gt-1")] == head
    left = (refs.queue("main", "gt-1"), refs.claim("gt-1"), refs.wip("gt-1"), refs.lease("main"))
    assert [each for each in left if each in there] == []


def test_a_pod_that_does_not_land_leaves_it_in_the_queue(town):
    """As where gates or people judge."""
    town.script("echo done > a")
    assert town.polecat().code == 0
    assert told(town, "outcome") == ""
    assert refs.queue("main", "gt-1") in town.refs()


def test_a_conflict_is_left_to_the_merge_step(town):
    """Which hands it to an agent; the polecat itself did what it was asked for."""
    town.script("echo mine > README.md")
    polecat(town, {"README.md": "theirs\n"})
    assert (told(town, "outcome"), told(town, "reason")) == ("", Reason.COMPLETED.word)
    assert town.step("merge").code == 0
    assert told(town, "outcome") == "conflict"


def test_what_a_person_pushed_meanwhile_is_built_upon(town):
    """The target moved since the clone."""
    town.script("echo mine > a")
    polecat(town, {"b": "theirs\n"})
    assert town.subjects()[:2] == ["Do gt-1 (gt-1)", "Theirs"]
    assert told(town, "merged") == town.git("rev-parse", "main").strip()


def test_a_target_that_takes_nothing_is_told_by_the_merge_step(town):
    """The work is published, so the polecat has done its part."""
    town.script("echo mine > a")
    hook = close(town)
    done = polecat(town)
    assert told(town, "outcome") == ""
    assert "gt-1 is published, its merge step goes on" in done.err
    assert refs.queue("main", "gt-1") in town.refs()
    hook.unlink()
    assert town.step("merge").code == 0
    assert town.subjects()[0] == "Do gt-1 (gt-1)"


def test_a_pod_that_comes_again_finds_it_landed(town):
    """Whatever of the pod was lost: nothing is done twice, and it says where the work went."""
    town.script(f"echo done > a; echo run >> {town.root}/runs")
    polecat(town)
    head = town.git("rev-parse", "main").strip()
    shutil.rmtree(town.workspace())
    polecat(town)
    assert (told(town, "outcome"), told(town, "merged")) == ("landed", head)
    assert town.git("rev-parse", "main").strip() == head
    assert (town.root / "runs").read_text() == "run\n"


def test_what_landed_once_is_not_told_of_a_target_that_was_set_back(town):
    """What it puts out is of this run, not of one that was killed after it landed."""
    town.script("echo done > a")
    before = town.git("rev-parse", "main").strip()
    polecat(town)
    town.git("update-ref", "refs/heads/main", before)
    close(town)
    assert town.step("publish", **LANDS).code == 0
    assert (told(town, "outcome"), told(town, "merged")) == ("", "")
