"""`revert` and `mq submit` refuse what they can't do, and a dry run tells what a revert would change."""

import pytest


@pytest.fixture
def merged(here, gastown):
    """A bead that another town merged, and a later commit of a person on the same file."""
    assert here("rig", "create", "app", "--git-url", gastown.origin, "--prefix", "app").code == 0
    gastown.commit({"a.txt": "1\n"})
    text = "Lay the ground (app-1)\n\nGastown-Bead: app-1\nGastown-Head: abc\n"
    seed = gastown.root / "seed"
    gastown.git("commit", "--quiet", "--amend", "--message", text, cwd=seed)
    gastown.git("push", "--quiet", "--force", gastown.origin, "HEAD:main", cwd=seed)
    sha = gastown.git("rev-parse", "main")
    gastown.git("update-ref", "refs/gastown/merged/build/app-1", sha)
    gastown.commit({"a.txt": "2\n"})
    return sha


def test_a_dry_run_tells_what_would_change_and_where_it_conflicts(here, merged):
    """A program gets the same as data; nothing is made."""
    told = here("revert", "app-1", "--dry-run")
    assert told.code == 0, told.err
    assert f"would revert app-1: Lay the ground (app-1), merged as {merged[:12]}" in told.out
    assert "conflicts with what came later in a.txt" in told.out
    whole = here("revert", "app/app-1", "--dry-run", "-o", "json").json
    assert ("build", merged, ["a.txt"]) == (whole["convoy"], whole["sha"], whole["conflicts"])
    assert [] == here("convoy", "list", "-o", "json").json


@pytest.mark.usefixtures("merged")
def test_a_dry_run_heeds_the_targets_attributes(here, gastown):
    """As the merge of the revert will: a file of which both sides are kept does not conflict."""
    gastown.commit({"log": "0\n"})
    gastown.commit({"log": "0\n1\n"})
    seed = gastown.root / "seed"
    text = "Log it (app-2)\n\nGastown-Bead: app-2\nGastown-Head: def\n"
    gastown.git("commit", "--quiet", "--amend", "--message", text, cwd=seed)
    gastown.git("push", "--quiet", "--force", gastown.origin, "HEAD:main", cwd=seed)
    gastown.git("update-ref", "refs/gastown/merged/build/app-2", "main")
    gastown.commit({"log": "0\n1\n2\n"})
    assert "conflicts with what came later in log" in here("revert", "app-2", "--dry-run").out
    gastown.commit({".gitattributes": "log merge=union\n"})
    assert "conflict" not in here("revert", "app-2", "--dry-run").out


@pytest.mark.usefixtures("merged")
def test_what_a_person_merged_is_not_guessed_at(here, gastown):
    """Without our trailers nobody knows where the work of a bead begins."""
    gastown.git("update-ref", "refs/gastown/merged/build/app-3", "main")
    assert "does not say that it is all of it" in here("revert", "app-3", "--dry-run").error


@pytest.mark.usefixtures("merged")
def test_what_was_taken_back_is_open_and_not_taken_back_twice(here, gastown):
    """The records decide, whoever wrote them."""
    assert "app-1" not in here("beads", "ready", "app", "-o", "name").out
    gastown.git("update-ref", "refs/gastown/reverted/build/app-1", "main")
    gastown.git("update-ref", "-d", "refs/gastown/merged/build/app-1")
    assert "bead app-1: it was reverted already, as " in here("revert", "app-1").error
    assert "app-1" in here("beads", "ready", "app", "-o", "name").out
    assert "has no record that it was merged" in here("revert", "app-2").error


@pytest.mark.usefixtures("merged")
@pytest.mark.parametrize(
    ("branch", "why"),
    [
        pytest.param("main", "it is what others are merged into", id="the target"),
        pytest.param("polecat/app-1", "it is a polecat's", id="a polecat's"),
        pytest.param("gone", "has none; push it first", id="not there"),
    ],
)
def test_branches_that_are_not_a_persons_are_refused(here, branch, why):
    """With the next step."""
    assert why in here("mq", "submit", branch).error
