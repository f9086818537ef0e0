"""Work that no agent publishes is queued and merged like any other: a person's branch, and the reverse of a merge."""

import json

import pytest

from workflows import refs
from workflows.orders import TaskOrders, task_file
from workflows.refinery.step import merge
from workflows.steps.errors import GateRed, Refused, StillConflicting
from workflows.steps.git.remote import Remote
from workflows.steps.pod.environment import Pod

FILE = ".beads/issues.jsonl"


@pytest.fixture
def run(rig):
    """Runs the merge step of a bead in this process."""

    def go(bead, *, convoy=None):
        if convoy:
            rig.orders(convoy=convoy, beads=rig.train.beads, style=rig.train.style)
        workspace = rig.root / "work" / bead
        workspace.mkdir(parents=True, exist_ok=True)
        environ = rig.environ | {"GASTOWN_BEAD": bead, "GASTOWN_WORKSPACE": str(workspace)}
        merge(Pod.of(environ), environ)

    return go


@pytest.fixture
def task(rig):
    """Gives the orders of a bead whose work is taken up."""

    def put(bead, branch="", **more):
        told = {"title": f"Take {bead}", "branch": branch or refs.work_branch(bead), "by_hand": True, **more}
        orders = TaskOrders(task=bead, bead=bead, prompt="", polecat="max", taken_up=True, **told)
        (rig.tasks / task_file(bead)).write_text(orders.dump())

    return put


@pytest.fixture
def merged(rig, run):
    """Bead `a` is merged, and `later` after it, which changed another file."""
    rig.publish("a", {"shared": "by a\n", "a": "1\n"})
    run("a")
    rig.publish("later", {"later": "1\n"}, start=_there(rig, "main"))
    run("later")
    return rig.refs()[refs.merged("cv", "a")]


@pytest.mark.parametrize("style", ["squash", "merge", "rebase"])
def test_a_revert_takes_back_all_of_a_bead_and_nothing_else(rig, run, task, style):
    """However it was merged; the records say that the bead is open again."""
    rig.orders(style=style)
    first = rig.commit({"a": "1\n"}, "polecat/a", "one", start=rig.base)
    rig.publish("a", {"b": "1\n"}, start=first)
    run("a")
    rig.publish("later", {"later": "1\n"}, start=_there(rig, "main"))
    run("later")
    task("revert-a", reverts="cv/a")

    run("revert-a", convoy="undo")

    assert ["README", "later"] == rig.git("ls-tree", "--name-only", "main").split()
    there = rig.refs()
    assert refs.merged("cv", "a") not in there
    assert rig.git("rev-parse", "main") == there[refs.reverted("cv", "a")]
    assert there[refs.merged("undo", "revert-a")] == there[refs.reverted("cv", "a")]
    assert ["a", "later", "revert-a"] == list(dict.fromkeys(rig.landed()))


def test_what_was_reverted_is_not_reverted_twice(rig, run, task, merged):
    """Nor what that convoy never merged, nor what held no change of its own."""
    task("revert-a", reverts="cv/a")
    run("revert-a", convoy="undo")
    head = rig.git("rev-parse", "main")
    with pytest.raises(Refused, match=f"a was reverted already, as {head[:12]}"):
        run("revert-a", convoy="undo-again")
    task("revert-x", reverts="cv/x")
    with pytest.raises(Refused, match="was not merged by that convoy"):
        run("revert-x", convoy="undo")
    rig.git("update-ref", refs.merged("cv", "b"), merged)
    task("revert-b", reverts="cv/b")
    with pytest.raises(Refused, match="does not say that it is all of b"):
        run("revert-b", convoy="undo")
    assert head == rig.git("rev-parse", "main")


@pytest.mark.usefixtures("merged")
def test_a_branch_that_reverts_another_merge_is_not_taken_for_this_one(rig, run, task):
    """It was left by a revert that conflicted, before the bead was worked anew."""
    rig.publish("c", {"shared": "by c\n"}, start=_there(rig, "main"))
    run("c")
    task("revert-a", reverts="cv/a")
    with pytest.raises(StillConflicting):
        run("revert-a", convoy="undo")
    rig.git("update-ref", refs.merged("again", "a"), refs.merged("cv", "c"))
    task("revert-a", reverts="again/a")
    with pytest.raises(
        Refused, match="polecat/revert-a is there already, and nothing tells that it reverts again/a"
    ):
        run("revert-a", convoy="undo-again")


@pytest.mark.usefixtures("merged")
def test_a_revert_that_conflicts_is_left_to_a_person(rig, run, task):
    """Who pushes what it shall be to its branch, and has it merged."""
    rig.publish("c", {"shared": "by c\n"}, start=_there(rig, "main"))
    run("c")
    task("revert-a", reverts="cv/a")
    with pytest.raises(StillConflicting, match="revert-a conflicts with main in shared: merge main into"):
        run("revert-a", convoy="undo")
    rig.commit({"shared": "mended\n"}, "polecat/revert-a", "mend", start=_there(rig, "main"))

    run("revert-a")

    assert "mended" == rig.git("show", "main:shared")
    assert refs.merged("cv", "a") not in rig.refs()


def test_gates_judge_a_revert(rig, run, task, merged):
    """It is work like any other."""
    rig.orders(convoy="undo", gates={"needs": "test -e a"})
    task("revert-a", reverts="cv/a")
    with pytest.raises(GateRed):
        run("revert-a")
    assert refs.merged("cv", "a") in rig.refs()
    assert merged in rig.git("rev-list", "main").split()


def test_a_reverted_bead_is_open_in_its_file_again(rig, run, task):
    """Where the file is kept, by the commit behind the revert, as `bd reopen` would leave the line."""
    line = json.dumps({"id": "a", "title": "Do a", "status": "open"}, separators=(",", ":"))
    rig.base = rig.commit({FILE: f"{line}\n"}, "main", "beads")
    rig.orders(beads=FILE)
    rig.publish("a", {"a": "1\n"})
    run("a")
    assert '"closed"' in rig.git("show", f"main:{FILE}")
    task("revert-a", reverts="cv/a")

    run("revert-a", convoy="undo")

    assert line == rig.git("show", f"main:{FILE}")
    assert ["Reopen a", "", "Gastown-Reopened: a"] == rig.git("log", "-1", "--format=%B", "main").splitlines()


def test_a_persons_branch_is_merged_with_title_and_author(rig, run, task):
    """And stays: it is the person's. Submitted again, it is merged already."""
    head = rig.commit({"mine": "1\n"}, "login", "Log in with a passkey", start=rig.base)
    task("login", branch="login")

    run("login")
    run("login", convoy="cv")

    assert ["login"] == rig.landed()
    assert "Take login (login)|Max" == rig.git("log", "-1", "--format=%s|%an", "main")
    assert head == rig.git("rev-parse", "login")
    assert [] == rig.queue()


def test_a_branch_that_is_not_there_or_is_the_target_is_refused(rig, run, task):
    """With a sentence, and nothing is queued."""
    task("x", branch="gone")
    with pytest.raises(Refused, match="has no branch gone: push it"):
        run("x")
    task("x", branch="main")
    with pytest.raises(Refused, match="which others share"):
        run("x")
    assert [] == rig.queue()


def test_what_a_person_pushed_to_a_refused_branch_is_merged(rig, run, task):
    """A retry takes the branch as it is now, under the same title; what was held against it counts no more."""
    rig.publish("a", {"a": "bad\n"}, entry={"held": "gate unit is red", "fault": "GateFailed"})
    mended = rig.commit({"a": "good\n"}, "polecat/a", "mend", start=_there(rig, "polecat/a"))
    task("a", by_hand=False)

    run("a")

    assert "good" == rig.git("show", "main:a")
    assert f"Do a (a)|{mended}" == rig.git(
        "log", "-1", "--format=%s|%(trailers:key=Gastown-Head,valueonly,separator=)", "main"
    )


def _there(rig, branch):
    """The head of a branch as the repository has it, brought to where people commit."""
    rig.git("fetch", "--quiet", rig.origin, branch, cwd=rig.seed)
    return rig.git("rev-parse", branch)


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("kind", ["revert", "branch"])
def test_a_step_killed_at_any_push_merges_once(rig, run, task, monkeypatch, kind):
    """All that it does to the repository are pushes. Before and after each it dies, and is run again."""
    real = Remote.push
    lethal = {"left": 0, "after": False, "dead": False}

    def push(self, updates):
        if lethal["dead"]:
            raise Killed
        lethal["left"] -= 1
        if lethal["left"] == 0:
            lethal["dead"] = True
            if lethal["after"]:
                real(self, updates)
            raise Killed
        return real(self, updates)

    monkeypatch.setattr(Remote, "push", push)
    survived, number = False, 0
    while not survived:
        number += 1
        for after in (False, True):
            name = f"{kind}-{number}-{after}".lower()
            lethal.update(left=0, dead=False)
            if kind == "revert":
                rig.orders(convoy="cv")
                rig.publish(name, {name: "1\n"}, start=_there(rig, "main"))
                run(name)
                task(f"undo-{name}", reverts=f"cv/{name}")
            else:
                rig.commit({name: "1\n"}, name, "mine", start=_there(rig, "main"))
                task(f"undo-{name}", branch=name)
            rig.orders(convoy="undo")
            lethal.update(left=number, after=after)
            try:
                run(f"undo-{name}")
                survived = True
            except Killed:
                lethal.update(dead=False, left=0)
                run(f"undo-{name}")
            lethal.update(dead=False, left=0)
            assert 1 == rig.landed().count(f"undo-{name}")
            assert (kind == "branch") == (name in rig.git("ls-tree", "--name-only", "main").split())
    assert number > 2
    assert [] == rig.queue()
    assert refs.merged("cv", name) not in rig.refs()
