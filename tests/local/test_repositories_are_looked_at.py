"""What stands in the way of a rig's repository is said when the rig is made, in one sentence, and not by its beads."""

import subprocess

import pytest

from workflows.errors import Refused
from workflows.local.repositories import inspection


@pytest.fixture
def make(tmp_path):
    """Makes a bare repository with these branches, whose HEAD names another."""

    def bare(*branches, head="main", form="sha1"):
        place, seed = tmp_path / "app.git", tmp_path / "seed"
        git("init", "-q", "--bare", f"--object-format={form}", "-b", head, place)
        git("init", "-q", f"--object-format={form}", "-b", "seed", seed)
        git("-C", seed, "-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "--allow-empty", "-m", "x")
        for branch in branches:
            git("-C", seed, "push", "-q", place, f"seed:refs/heads/{branch}")
        return str(place)

    def git(*arguments):
        subprocess.run(("git", *map(str, arguments)), check=True, capture_output=True)

    return bare


@pytest.mark.parametrize(
    ("branches", "branch"),
    [
        pytest.param(["main", "x"], "main", id="the one that HEAD names"),
        pytest.param(["trunk"], "trunk", id="the only one"),
    ],
)
def test_the_branch_is_found(make, branches, branch):
    """Without being asked for."""
    assert branch == inspection.default_branch(make(*branches))


@pytest.mark.parametrize(
    ("branches", "words"),
    [
        pytest.param(["trunk", "dev"], "name one with --base-branch, of dev, trunk", id="several"),
        pytest.param([], "it has no commits yet", id="none"),
    ],
)
def test_a_branch_that_cannot_be_guessed_is_asked_for(make, branches, words):
    """By name, where there are some."""
    with pytest.raises(Refused, match=words):
        inspection.default_branch(make(*branches))


@pytest.mark.parametrize(
    ("branches", "form", "words"),
    [
        pytest.param(["x"], "sha1", "it has no branch main", id="missing"),
        pytest.param(["main"], "sha256", "named by SHA-256", id="sha256"),
        pytest.param(["main", "polecat"], "sha1", "branch polecat is in the way", id="in the way"),
    ],
)
def test_what_cannot_be_worked_on_is_refused(make, branches, form, words):
    """Before anything is made."""
    with pytest.raises(Refused, match=words):
        inspection.check_branch(make(*branches, form=form), "main")


def test_branches_below_the_prefix_are_ours(make):
    """`polecat/x` is what polecats push."""
    inspection.check_branch(make("main", "polecat/x"), "main")
