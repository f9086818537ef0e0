"""What an agent leaves uncommitted in a second work tree is on the server, and never in its bead's own commit."""

import pytest

from workflows.exits import Reason

COMMIT = "git add -A && git commit -q -m"
TREE = "git worktree add -q"


def kept(town, bead="gt-1"):
    """The refs under which work was put aside."""
    return [ref for ref in town.refs() if ref.startswith(f"refs/gastown/kept/{bead}/")]


def files(town, ref):
    """The names of the files of a commit."""
    return town.git("ls-tree", "-r", "--name-only", ref).splitlines()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(f"{TREE} -b b ../one; cd ../one", id="a branch"),
        pytest.param(f"{TREE} --detach ../one; cd ../one", id="a detached HEAD"),
        pytest.param(f"{TREE} --detach trees/one; cd trees/one", id="inside the first one"),
        pytest.param(f"{TREE} --detach ../one; git worktree lock ../one; cd ../one", id="locked"),
        pytest.param(
            f"{TREE} -b b ../one; cd ../one; git checkout -q --orphan new; git rm -qrf .; git checkout -q b -- README",
            id="no commit yet",
        ),
        pytest.param(f"{TREE} -b b ../one; cd ../one; rm ../repo/.git/worktrees/one/index", id="no index"),
        pytest.param(
            f"{TREE} -b b ../one; cd ../one; git checkout -q -b x; echo x > README; {COMMIT} x; "
            f"git checkout -q b; echo y > README; {COMMIT} y; ! git merge -q x >&2; cp README ../marked",
            id="in the midst of a merge",
        ),
        pytest.param(
            f"{TREE} -b b ../one; cd ../one; git checkout -q -b x; echo x > README; {COMMIT} x; "
            f"git checkout -q b; echo y > README; {COMMIT} y; ! git rebase -q x >&2",
            id="in the midst of a rebase",
        ),
    ],
)
@pytest.mark.parametrize(
    "own", ["", "; cd $GASTOWN_WORKSPACE/repo; echo 1 > own"], ids=["nothing else", "work"]
)
def test_changed_untracked_and_staged_files_are_kept(town, script, own):
    """On top of the commit that they stand on, under a ref that the last words or the summary name."""
    town.script(f"({script}; echo 42 > answer; echo new >> README; echo s > staged; git add staged){own}")
    done = town.polecat()
    (ref,) = [each for each in kept(town) if "answer" in files(town, each)]
    assert {"README", "answer", "staged"} <= set(files(town, ref))
    assert town.show(ref, "README").endswith("new")
    said = town.last_words() if done.code else town.output("summary")
    assert f"what is uncommitted in the work tree one is kept as {ref}" in said
    if own:
        assert done.code == 0
        assert files(town, "polecat/gt-1") == ["README", "own"]


def test_a_clean_work_tree_is_not_spoken_of(town):
    """Nothing is kept that is on the server already."""
    town.script(f"{TREE} -b side ../one; {TREE} --detach two; echo 1 > own")
    assert town.polecat().code == 0
    assert (kept(town), town.output("summary")) == ([], "Do gt-1")
    assert files(town, "polecat/gt-1") == ["README", "own"]


def test_commits_are_kept_where_the_folder_is_gone(town):
    """Git itself would prune such a work tree only later."""
    town.script(
        f"{TREE} --detach ../one; (cd ../one; echo 42 > answer; {COMMIT} a; echo 1 > more); rm -r ../one; echo 1 > own"
    )
    assert town.polecat().code == 0
    (ref,) = kept(town)
    assert files(town, ref) == ["README", "answer"]


def test_commits_and_what_is_uncommitted_on_them_are_both_told(town):
    """The commits alone are the work of an agent that came back empty-handed; its files are kept."""
    town.script(f"{TREE} -b side ../one; cd ../one; echo 42 > answer; {COMMIT} a; echo 1 > more")
    assert town.polecat().code == 0
    assert files(town, "polecat/gt-1") == ["README", "answer"]
    (ref,) = kept(town)
    assert files(town, ref) == ["README", "answer", "more"]
    assert town.git("rev-parse", f"{ref}^") == town.git("rev-parse", "polecat/gt-1")


SECRET = "echo secret > $GASTOWN_WORKSPACE/elsewhere/secret"
AIM = "mkdir ../elsewhere; git worktree add -q --detach ../one; t=.git/worktrees/one"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            f"{AIM}; {SECRET}; echo $GASTOWN_WORKSPACE/elsewhere/.git > $t/gitdir", id="a folder that is none"
        ),
        pytest.param(
            f"{AIM}; {SECRET}; rm -r ../one; ln -s elsewhere ../one; echo gitdir: $PWD/$t > ../elsewhere/.git",
            id="a link in its place",
        ),
        pytest.param(
            f"{AIM}; {SECRET}; git init -q ../elsewhere; echo $GASTOWN_WORKSPACE/elsewhere/.git > $t/gitdir",
            id="another repository",
        ),
        pytest.param(
            f"{AIM}; echo $GASTOWN_WORKSPACE/run/.git > $t/gitdir; echo gitdir: $PWD/$t > ../run/.git",
            id="ours",
        ),
        pytest.param(f"{AIM}; rm $t/gitdir; mkfifo $t/gitdir", id="a pipe for its place"),
        pytest.param(f"{AIM}; rm ../one/.git; mkfifo ../one/.git", id="a pipe for its mark"),
        pytest.param(
            f"{AIM}; rm $t/index; mkfifo $t/index; mkfifo ../one/pipe; chmod 0 ../one/README",
            id="pipes in it",
        ),
        pytest.param(
            f"{AIM}; rm $t/HEAD; ln -s /etc/passwd $t/HEAD; echo ../../../.. > $t/commondir", id="links in it"
        ),
        pytest.param(f"{AIM}; head -c 9000 /dev/zero > $t/gitdir", id="a place without end"),
        pytest.param(
            "for n in $(seq 60); do mkdir -p .git/worktrees/w$n; echo ref: x > .git/worktrees/w$n/HEAD; "
            "echo $GASTOWN_WORKSPACE/repo/.git > .git/worktrees/w$n/gitdir; done",
            id="the first one, many times",
        ),
    ],
)
def test_odd_work_trees_reach_nothing_and_cost_no_work(town, script):
    """Only a folder that says itself that it is this work tree is looked at."""
    town.script(f"{script}; echo 1 > own")
    done = town.polecat()
    assert done.code == 0, done.err
    assert files(town, "polecat/gt-1") == ["README", "own"]
    assert [ref for ref in kept(town) if {"secret", "launch"} & set(files(town, ref))] == []


def test_a_killed_step_keeps_the_same_once(town):
    """Killed after its refs were pushed, and run again."""
    town.script(f"{TREE} --detach ../one; echo 42 > ../one/answer; echo 1 > own")
    assert town.polecat().code == 0
    first = town.refs()
    (town.workspace() / "out" / "summary").unlink()
    assert town.step("publish").code == 0
    assert town.refs() == first
    assert kept(town)[0] in town.output("summary")


def test_what_a_stopped_pod_leaves_there_is_kept(town):
    """An agent that is over its time, too."""
    town.script(f"{TREE} --detach ../one; echo 42 > ../one/answer; exec sleep 60", {"timeout": 1})
    assert town.polecat().code == Reason.TIMED_OUT.value
    (ref,) = kept(town)
    assert town.show(ref, "answer") == "42"


def test_lines_beyond_those_with_refs_of_their_own_are_kept_together(town):
    """However many branches an agent leaves, none is lost."""
    town.script(
        f"for n in $(seq 30); do git checkout -q -b b$n origin/main; echo $n > f$n; {COMMIT} $n; done; "
        f"git checkout -q polecat/gt-1; echo 1 > own"
    )
    assert town.polecat().code == 0
    held = set(town.git("log", "--format=%s", *kept(town)).splitlines())
    assert {str(number) for number in range(1, 31)} <= held
    assert len(kept(town)) == 21
