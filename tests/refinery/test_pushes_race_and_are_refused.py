"""Correctness rests on compare-and-swap: racing steps, moving targets, repositories that say no, caches that break."""

import shutil

import pytest

from workflows import refs
from workflows.exits import Reason


@pytest.mark.parametrize("cached", [False, True], ids=["own store", "shared cache"])
def test_racing_merges_land_each_bead_once(rig, cached):
    """Four steps at the same time, without any mutex."""
    beads = [f"gt-{number}" for number in range(4)]
    for bead in beads:
        rig.publish(bead, {bead: "1\n"})
    more = {"GASTOWN_CACHE": str(rig.root / "cache")} if cached else {}
    (rig.root / "cache").mkdir()
    rig.orders(repository=f"file://{rig.origin}", batch=2)
    running = [rig.start(bead, **more) for bead in beads]
    said = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0] * 4, said
    assert sorted(rig.landed()) == beads
    assert rig.queue() == []
    records = [refs.merged("cv", bead) for bead in beads]
    proofs = [refs.settled("cv", rig.train.identity, bead) for bead in beads]
    assert sorted(rig.refs()) == [*records, *proofs, "refs/heads/main"]
    for bead in beads:
        assert rig.output(bead, "sha") == rig.refs()[refs.merged("cv", bead)]


@pytest.mark.parametrize(("gates", "pushes"), [({}, 1), ({"check": "true"}, 2)], ids=["none", "gates"])
def test_a_step_alone_pushes_no_more_than_it_must(rig, gates, pushes):
    """A lease is worth a push where there are gates that two steps would run."""
    rig.publish("gt-1", {"a": "1\n"})
    rig.orders(gates=gates)
    hook = rig.origin / "hooks" / "post-receive"
    hook.write_text(f"#!/bin/sh\necho push >> {rig.root}/pushes\n")
    hook.chmod(0o755)
    assert rig.merge("gt-1") == 0, rig.said
    assert (rig.root / "pushes").read_text().split() == ["push"] * pushes
    assert rig.landed() == ["gt-1"]
    assert rig.queue() == rig.marks("lease") == rig.marks("asks") == []


def test_a_target_that_moves_is_built_on_again(rig):
    """A person pushes between our look and our push: their commit stays, ours lands on top."""
    rig.publish("gt-1", {"a": "1\n"})
    rig.commit({"b": "1\n"}, "other", "by a person", start=rig.base)
    moved = rig.git("rev-parse", "other")
    shim = rig.root / "bin"
    shim.mkdir()
    (shim / "git").write_text(
        f'#!/bin/sh\nif [ "$1" = push ] && ! [ -e {rig.root}/once ]; then touch {rig.root}/once; '
        f'{shutil.which("git")} --git-dir={rig.origin} update-ref refs/heads/main {moved}; fi\nexec {shutil.which("git")} "$@"\n'
    )
    (shim / "git").chmod(0o755)
    assert rig.merge("gt-1", PATH=f"{shim}:{rig.environ['PATH']}") == 0, rig.said
    assert rig.git("log", "--format=%s", "main").splitlines() == ["Do gt-1 (gt-1)", "by a person", "first"]


def test_a_protected_target_is_refused_with_its_words(rig):
    """What the forge says reaches the person; nothing is changed."""
    rig.publish("gt-1", {"a": "1\n"})
    hook = rig.origin / "hooks" / "update"
    hook.write_text(
        "#!/bin/sh\ntest \"$1\" != refs/heads/main || { echo 'main is protected' >&2; exit 1; }\n"
    )
    hook.chmod(0o755)
    before = rig.refs()
    assert rig.merge("gt-1") == Reason.REJECTED.value
    assert "main is protected" in rig.last_words()
    assert rig.refs() == before


def test_a_protected_work_branch_does_not_stop_the_merge(rig):
    """Deleting the branch is a courtesy."""
    rig.publish("gt-1", {"a": "1\n"})
    hook = rig.origin / "hooks" / "update"
    hook.write_text('#!/bin/sh\ntest "$1" != refs/heads/polecat/gt-1\n')
    hook.chmod(0o755)
    assert rig.merge("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]
    assert refs.head("polecat/gt-1") in rig.refs()


def test_a_checked_out_target_is_refused_with_the_way_out(rig):
    """A plain repository on one machine whose target is checked out: git refuses, and the message says what to do."""
    rig.git("config", "core.bare", "false")
    rig.publish("gt-1", {"a": "1\n"})
    assert rig.merge("gt-1") == Reason.REJECTED.value
    assert f"{rig.origin} has main checked out" in rig.last_words()
    assert "receive.denyCurrentBranch updateInstead" in rig.last_words()


def test_a_clean_checked_out_target_can_take_the_merge(rig, tmp_path):
    """With updateInstead the person's files follow the merge; with local changes git refuses."""
    home = tmp_path / "home"
    rig.git("clone", "--quiet", rig.origin, home, cwd=tmp_path)
    rig.git("config", "receive.denyCurrentBranch", "updateInstead", cwd=home)
    rig.origin = home
    rig.orders()
    rig.publish("gt-1", {"a": "1\n"})
    assert rig.merge("gt-1") == 0, rig.said
    assert (home / "a").read_text() == "1\n"
    rig.publish("gt-2", {"README": "two\n"})
    (home / "README").write_text("mine, not committed\n")
    assert rig.merge("gt-2") == Reason.REJECTED.value
    assert (home / "README").read_text() == "mine, not committed\n"


@pytest.mark.parametrize("damage", ["objects", "HEAD", "config", "refs", "lock"])
def test_a_broken_cache_is_made_anew(rig, damage):
    """A cache is worth nothing: whatever is wrong with it, the merge goes on."""
    cache = rig.root / "cache"
    cache.mkdir()
    rig.orders(repository=f"file://{rig.origin}")
    rig.publish("gt-1", {"a": "1\n"})
    rig.publish("gt-2", {"b": "1\n"})
    rig.orders(repository=f"file://{rig.origin}", batch=1)
    assert rig.merge("gt-1", GASTOWN_CACHE=str(cache)) == 0, rig.said
    store = cache / "store.git"
    if damage == "lock":
        (store / "refs" / "heads" / "main.lock").touch()
    elif (store / damage).is_dir():
        shutil.rmtree(store / damage)
        (store / damage).mkdir()
    else:
        (store / damage).write_text("[garbage")
    assert rig.merge("gt-2", GASTOWN_CACHE=str(cache)) == 0, rig.said
    assert rig.landed() == ["gt-1", "gt-2"]


@pytest.mark.parametrize(
    "words", ["No space left on device", "GitLab: Internal API unreachable", "try again later"]
)
def test_a_hook_that_tells_of_trouble_is_asked_again(rig, words):
    """No rule forbids the merge."""
    rig.publish("gt-1", {"a": "1\n"})
    hook, told = rig.origin / "hooks" / "pre-receive", rig.root / "declined"
    hook.write_text(f'#!/bin/sh\n[ -e {told} ] || {{ touch {told}; echo "{words}" >&2; exit 1; }}\n')
    hook.chmod(0o755)
    assert rig.merge("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]


def test_a_push_that_gets_no_answer_is_made_again(rig, tmp_path):
    """The connection breaks, or the key is refused for a while."""
    rig.publish("gt-1", {"a": "1\n"})
    shim, git = tmp_path / "shim", shutil.which("git")
    shim.mkdir()
    (shim / "git").write_text(
        f'#!/bin/sh\ncase " $* " in *" push "*) [ -e {shim}/once ] || {{ touch {shim}/once; '
        f'echo "fatal: unable to access: The requested URL returned error: 403" >&2; exit 128; }} ;; esac\nexec {git} "$@"\n'
    )
    (shim / "git").chmod(0o755)
    assert rig.merge("gt-1", PATH=f"{shim}:{rig.environ['PATH']}") == 0, rig.said
    assert rig.landed() == ["gt-1"]


@pytest.mark.parametrize("phase", [(), ("prepare",), ("push",)], ids=["alone", "prepare", "push"])
def test_a_repository_that_is_away_for_a_while_fails_no_bead(rig, phase):
    """Every bead that comes to be merged in these minutes would."""
    gates = {"t": "true"} if phase else {}
    rig.orders(gates=gates, repository=f"file://{rig.origin}")
    rig.publish("gt-1", {"a": "1\n"})
    if phase == ("push",):
        assert [rig.merge("gt-1", each) for each in ("prepare", "gates")] == [0, 0], rig.said
    away = rig.origin.rename(rig.root / "away")
    step = rig.start("gt-1", *phase, GASTOWN_PATIENCE="60")
    assert "trying again" in step.stderr.readline()
    away.rename(rig.origin)
    step.communicate(timeout=60)
    assert step.returncode == 0
    assert rig.landed() == ([] if phase == ("prepare",) else ["gt-1"])
