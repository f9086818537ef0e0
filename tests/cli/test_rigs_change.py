import json

import pytest

from crds import Metadata, Polecat, PolecatSpec, PolecatStatus
from workflows.errors import Refused
from workflows.polecats import meant


def test_a_rig_is_changed_and_changed_back(here, gastown):
    """Nobody should have to delete a rig, and its convoys first, for another gate."""
    assert 0 == here("rig", "create", "app", "--git-url", "origin.git", "--gate", "a=true").code
    gastown.git("branch", "release", "main")
    changed = here(
        "rig",
        "set",
        "app",
        "--gate",
        "b=true",
        "--model",
        "opus",
        "--fallback-model",
        "haiku",
        "--base-branch",
        "release",
        "--max-polecats",
        "3",
    )
    assert (0, "rig/app changed\n") == (changed.code, changed.out)
    spec = here("rig", "status", "app", "--json").json["spec"]
    assert ("release", 3, "opus") == (
        spec["baseBranch"],
        spec["settings"]["maxPolecats"],
        spec["agentConfig"]["model"],
    )
    assert ["b"] == [gate["name"] for gate in spec["gates"]]
    assert "rig/app unchanged\n" == here("rig", "set", "app", "--max-polecats", "3").out
    assert ["haiku"] == spec["agentConfig"]["fallbackModels"]
    unset = ("--unset", "gates", "--unset", "model", "--unset", "fallback-model")
    assert 0 == here("rig", "set", "app", *unset).code
    spec = here("rig", "status", "app", "--json").json["spec"]
    assert [] == spec["gates"]
    assert not {"opus", "haiku"} & {*json.dumps(spec).split('"')}


def test_what_was_merged_stays_merged_when_its_convoy_is_forgotten(gastown):
    """The repository's records count, not the town's memory: `--all-ready` must not pay for a bead twice."""
    gastown.rig("--prefix", "app")
    done = gastown("sling", "app-1", "app", "--name", "nux", "--wait")
    assert 0 == done.code, done.err
    stopped = gastown("convoy", "stop", "nux")
    assert "convoy/nux unchanged: Complete, 1/1\n" == stopped.out
    assert "convoy/nux deleted\n" == gastown("convoy", "delete", "--done").out
    assert "app-1" not in gastown("beads", "ready", "app", "-o", "name").out.split()
    again = gastown("sling", "app-1", "app")
    assert (0, True) == (again.code, "app-1 was merged into main; the repository records it" in again.out)
    assert (
        "app-1"
        not in gastown("convoy", "create", "--all-ready", "--rig", "app", "--dry-run", "-o", "json").out
    )


def test_what_was_only_published_is_merged_for_nobody(gastown):
    """A branch that waits for a person is no reason to call a bead done, nor those ready that it blocks."""
    gastown.rig("--prefix", "app")
    waiting = gastown("beads", "ready", "app", "-o", "name").out.split()
    done = gastown("convoy", "create", "Only published", "app-1", "--merge", "published", "--wait")
    assert 0 == done.code, done.err
    assert waiting == gastown("beads", "ready", "app", "-o", "name").out.split()
    again = gastown("sling", "app-1", "app", "--dry-run", "-o", "json")
    assert (0, False) == (again.code, "was merged into main" in again.out), again.err


def test_a_stop_says_what_it_stopped_and_waits_for_its_end(gastown):
    """`unchanged: Failed` was the answer to every stop."""
    gastown.rig("--prefix", "app")
    assert 0 == gastown("sling", "app-3", "app", "--name", "nux", "--wait=scheduled").code
    stopped = gastown("convoy", "stop", "--all", "--wait", "--timeout", "25s")
    assert 0 == stopped.code, stopped.err
    assert "convoy/nux stopping at 0/1" in stopped.out
    assert "convoy/nux stopped: 0 done, 1 failed; go on with `gastown convoy resume nux`" in stopped.out
    assert "rig/app has no polecat at work; nothing to do\n" == gastown("polecat", "nuke", "app", "--all").out


def test_all_polecats_of_a_rig_are_ended_and_all_that_ended_is_forgotten(gastown):
    """The morning after, without a loop in the shell."""
    gastown.rig("--prefix", "app")
    assert 0 == gastown("sling", "app-3", "app", "--name", "nux", "--wait=scheduled").code
    assert "No convoy to do it to.\n" == gastown("convoy", "delete", "--all").err
    nuked = gastown("polecat", "nuke", "app", "--all")
    assert (0, "polecat/nux nuked; its branch stays\n") == (nuked.code, nuked.out)
    assert 1 == gastown("convoy", "watch", "nux", "--timeout", "60s").code
    assert "No convoy to do it to.\n" == gastown("convoy", "delete", "--done").err
    assert "convoy/nux deleted\n" == gastown("convoy", "delete", "--all").out
    assert "" == gastown("convoy", "list", "-o", "name").out


def _polecat(name, rig, phase, started, bead="app-1"):
    return Polecat(
        kind="Polecat",
        metadata=Metadata(name=name),
        spec=PolecatSpec(rig=rig, bead_id=bead, desired_state="Working"),
        status=PolecatStatus(phase=phase, started_at=f"2026-01-0{started}T00:00:00Z"),
    )


@pytest.mark.parametrize(
    ("polecats", "wanted"),
    [
        ([("nux", "a", "Done", 2), ("nux", "a", "Working", 1)], ("nux", "a", 1)),
        ([("nux", "a", "Stuck", 1), ("max", "a", "Done", 2)], ("max", "a", 2)),
        ([("nux", "a", "Done", 3), ("nux", "b", "Idle", 1)], ("nux", "b", 1)),
    ],
    ids=["the living one", "the newest", "the living one of another rig"],
)
def test_a_name_means_the_living_one_else_the_newest(polecats, wanted):
    """A bead that was slung twice has two polecats; people mean the one at work."""
    found = meant("app-1", [_polecat(*each) for each in polecats])
    assert wanted == (found.metadata.name, found.spec.rig, found.status.started_at.day)
    assert None is meant("app-2", [_polecat(*each) for each in polecats])


@pytest.mark.parametrize("phase", ["Working", "Done"])
def test_a_name_of_two_rigs_is_refused_with_the_full_names(phase):
    """To end the wrong one costs somebody their work."""
    with pytest.raises(Refused, match="name one of them in full: a/nux, b/nux"):
        meant("nux", [_polecat("nux", "a", phase, 1), _polecat("nux", "b", phase, 2)])
