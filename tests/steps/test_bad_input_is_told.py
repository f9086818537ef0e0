"""Bad input is one line that names the object and the next step, with nothing changed."""

import json
import os
import shutil
import subprocess

import pytest

from workflows.exits import Reason
from workflows.steps.git.refnames import valid

STEPS = [("clone",), ("publish",), ("merge",)]


def told(town):
    """The last words, held to one line."""
    words = town.last_words()
    assert "\n" not in words
    assert len(words.encode()) <= 1024
    return words


@pytest.mark.parametrize("verb", STEPS, ids=" ".join)
def test_orders_that_are_not_there(town, verb):
    """Every step says which file is missing."""
    assert town.step(*verb, bead="gt-7").code == Reason.FAILED.value
    assert "the orders of gt-7" in told(town)
    assert "task.gt-7.json" in told(town)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"convoy": 1}', '{"agent": {}}'])
def test_orders_that_are_not_whole(town, text):
    """A half-written or foreign file is named, never half-obeyed."""
    (town.tasks / "train.json").write_text(text)
    assert town.step("clone").code == Reason.FAILED.value
    assert "the orders of gt-1" in told(town)


def test_a_step_outside_a_workflow(town):
    """Without its variables the program says what it is."""
    assert town.step("clone", GASTOWN_BEAD="").code == Reason.FAILED.value
    assert "GASTOWN_BEAD is not set" in told(town)


@pytest.mark.parametrize("words", [(), ("fly",), ("merge", "later"), ("clone", "now")])
def test_an_unknown_verb(town, words):
    """The usage, and a code of its own."""
    done = town.step(*words)
    assert (done.code, done.err.split(":")[0]) == (64, "usage")


def test_an_empty_repository(town):
    """Repository and branch are named, and the next step."""
    town.git("init", "--quiet", "--bare", town.root / "empty.git", cwd=town.root)
    town.orders(repository=str(town.root / "empty.git"))
    assert town.step("clone").code == Reason.FAILED.value
    assert told(town) == f"the repository {town.root}/empty.git is empty: push a first commit to main"


def test_a_missing_base(town):
    """The branch is named."""
    town.orders(base="develop")
    assert town.step("clone").code == Reason.FAILED.value
    assert f"{town.origin} has no branch 'develop'" in told(town)


@pytest.mark.parametrize(
    ("repository", "words"),
    [
        pytest.param("/nowhere/x.git", "there is no repository at /nowhere/x.git", id="no path"),
        pytest.param("http://127.0.0.1:1/x.git", "does not answer", id="nobody listens"),
        pytest.param("https://name.invalid/x.git", "does not answer", id="unknown host"),
    ],
)
def test_an_unreachable_repository(town, repository, words):
    """Told at once, without a question on a terminal."""
    town.orders(repository=repository)
    assert town.step("clone").code == Reason.FAILED.value
    assert words in told(town)


@pytest.mark.parametrize(
    "branch",
    ["", "-x", "a..b", "a b", "a~1", "x.lock", "/x", "x/", "a//b", ".x", "@", "a@{1}", "a\nb", "main"],
)
def test_an_invalid_work_branch(town, branch):
    """Refused before anything is touched, in a way that no retry helps."""
    town.bead(branch=branch)
    assert town.step("clone").code == Reason.REJECTED.value
    assert "the work branch of bead gt-1" in told(town)
    assert not (town.workspace() / "repo").exists()


@pytest.mark.parametrize(
    "name",
    [
        "main",
        "a/b",
        "a.b",
        "polecat/gt-1",
        "é",
        "a@b",
        "@/x",
        "a-b",
        "x.locked",
        "a.lock/b",
        "a..b",
        "a\\b",
        "x.",
        "*",
        "-",
        "HEAD^",
    ],
)
def test_names_are_judged_as_git_does(name):
    """Our own check, which costs no process, agrees with git's."""
    done = subprocess.run(
        ("git", "check-ref-format", "--branch", name), capture_output=True, check=False, cwd="/"
    )
    assert valid(name) == (done.returncode == 0)


def test_unrelated_history_is_told(town):
    """A branch of the same name that has nothing to do with the base."""
    tree = town.git("mktree", text="")
    orphan = town.git("-c", "user.name=x", "-c", "user.email=x", "commit-tree", tree, "-m", "orphan")
    town.git("update-ref", "refs/heads/polecat/gt-1", orphan)
    assert town.step("clone").code == Reason.REJECTED.value
    assert "share no history" in told(town)


def test_publish_before_clone(town):
    """Out of order, and said so."""
    assert town.step("publish").code == Reason.FAILED.value
    assert "clone has not finished" in told(town)


def test_an_agents_bad_variable(town):
    """A name that no shell takes is caught before the agent runs."""
    town.orders(agent={"environment": {"A B": "1"}})
    assert town.step("clone").code == Reason.FAILED.value
    assert "'A B', which is no variable" in told(town)


@pytest.fixture
def small_disk(town):
    """A workspace on a disk of one megabyte."""
    path = town.workspace()
    path.mkdir(parents=True)
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small disk needs root, and mount")
    done = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path), capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no small disk here: {done.stderr.strip()}")
    yield path
    subprocess.run(("umount", "--lazy", path), check=True)


def test_a_full_disk_in_clone(town, small_disk):
    """Git's failure is told as what it is."""
    assert small_disk.is_mount()
    big = town.seed / "big"
    big.write_bytes(os.urandom(3_000_000))
    town.commit("big", {})
    assert town.step("clone").code == Reason.FAILED.value
    assert "space" in told(town)


def test_a_full_disk_under_the_agent(town, small_disk):
    """An agent that fills the disk loses nothing that was committed."""
    town.script("echo 1 > a; git add a; git commit -q -m mine; cat /dev/zero > fill", push_interval=3600)
    beside = {"GASTOWN_GIT_CREDENTIALS": str(town.root / "home"), "TMPDIR": str(town.root)}
    assert town.step("clone", **beside).code == 0
    town.launch()
    done = town.step("publish", GASTOWN_SILENCE="1", **beside)
    assert done.code == Reason.FAILED.value
    assert small_disk.is_mount()
    assert town.subjects("polecat/gt-1")[0] == "mine"
    assert json.loads(json.dumps(told(town)))
