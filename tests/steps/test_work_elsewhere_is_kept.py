"""Whatever the end, the agent's work is on the server: also what it committed elsewhere, put away, or left half done."""

import pytest

from workflows.exits import Reason

COMMIT = "git add -A && git commit -q -m"


def kept(town, bead="gt-1"):
    """The refs under which work was put aside."""
    return [ref for ref in town.refs() if ref.startswith(f"refs/gastown/kept/{bead}/")]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            f"git checkout -q -b mine; echo 42 > answer; {COMMIT} a; git checkout -q -", id="branch"
        ),
        pytest.param(
            f"git worktree add -q -b mine trees/one HEAD; cd trees/one; echo 42 > answer; {COMMIT} a",
            id="work tree",
        ),
        pytest.param(
            f"git worktree add -q --detach trees/one HEAD; cd trees/one; echo 42 > answer; {COMMIT} a",
            id="detached",
        ),
    ],
)
def test_one_line_of_commits_elsewhere_is_the_work(town, script):
    """An agent that came back empty-handed from a branch of its own meant that branch."""
    town.script(script)
    done = town.polecat()
    assert done.code == 0, done.err
    assert town.show("polecat/gt-1", "answer") == "42"


MASSES = {
    "branches": """
h = open(".git/refs/heads/polecat/gt-1").read().strip()
lines = (f"{number:040x} refs/heads/x{number:06d}{'y' * 100}\\n" for number in range(60000))
open(".git/packed-refs", "w").write("# pack-refs with: peeled fully-peeled sorted \\n" + "".join(lines))
""",
    "tags and commands under way": """
import os
os.makedirs(".git/refs/tags", exist_ok=True)
for number in range(2000):
    tree = f".git/worktrees/{'\u0416' * 100}{number}"
    os.makedirs(tree)
    for name in ("HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD", "MERGE_AUTOSTASH"):
        open(f"{tree}/{name}", "w").write(f"{number:040x}\\n")
    open(f".git/refs/tags/{'\u0416' * 100}{number}", "w").write(f"{number:040x}\\n")
""",
    "repositories": """
import os, subprocess
for number in range(150):
    os.makedirs(f"{number}{'\u0416' * 100}/.git")
    open(f"{number}{'\u0416' * 100}/f", "w").write("1")
""",
    "pipes": """
import os
for number in range(20000):
    os.mkfifo(f"p{number:05d}" + "y" * 230)
""",
    "files in conflict": """
import subprocess
blob = subprocess.run(("git", "hash-object", "-w", "README"), capture_output=True, text=True).stdout.strip()
rows = "".join(f"100644 {blob} {stage}\\tz{n:06d}{'y' * 200}\\n" for n in range(20000) for stage in (1, 2, 3))
subprocess.run(("git", "update-index", "--index-info"), input=rows, text=True)
""",
}


@pytest.mark.parametrize("made", MASSES.values(), ids=MASSES)
def test_names_without_end_cost_no_work(town, made):
    """What the courier tells is bounded on its side, or `main` would read nothing of it."""
    (town.root / "made.py").write_text(made)
    town.script(f"echo 42 > answer; {COMMIT} a; python3 {town.root}/made.py")
    done = town.polecat()
    assert done.code == 0, done.err[-600:]
    assert town.show("polecat/gt-1", "answer") == "42"


def test_a_line_of_work_is_found_among_many_that_are_none(town):
    """However many branches an agent has."""
    town.script(
        "for n in $(seq 10 80); do git branch a$n; done; git checkout -q -b z; echo 42 > answer; "
        f"{COMMIT} a; git checkout -q -; echo 1 > own; {COMMIT} own"
    )
    assert town.polecat().code == 0
    (ref,) = kept(town)
    assert town.show(ref, "answer") == "42"


@pytest.mark.parametrize(
    ("script", "name"),
    [
        pytest.param(
            "t=$(mktemp -d); git worktree add -q $t/one HEAD; echo 42 > $t/one/answer",
            "what is uncommitted in the work tree one (/",
            id="work tree out of reach",
        ),
        pytest.param("mkfifo pipe", "pipe", id="pipe"),
        pytest.param("truncate -s 100G big", "big", id="file without end"),
    ],
)
@pytest.mark.parametrize("more", ["", "echo 42 > work"], ids=["nothing else", "work"])
def test_what_can_not_be_kept_is_named_at_the_end(town, script, name, more):
    """In the last words and the status, as the log goes with the pod; it costs no file beside it."""
    town.script(f"{script}; {more}")
    assert town.polecat().code == (0 if more else Reason.NO_CHANGES.value)
    said = town.output("summary") if more else town.last_words()
    assert f"left out of the work: {name}" in said
    assert not more or town.show("polecat/gt-1", "work") == "42"


def test_what_was_stashed_is_kept_and_told(town):
    """A stash is no result; it is on the server, and its ref is named."""
    town.script("echo 42 > answer; git add answer; git stash -q")
    assert town.polecat().code == Reason.NO_CHANGES.value
    (ref,) = kept(town)
    assert town.show(ref, "answer") == "42"
    assert f"stash@{{0}} is kept as {ref}" in town.last_words()
