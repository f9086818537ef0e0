"""What an agent makes in a repository of its own is on the server: in a submodule, in a subfolder, or next to its clone."""

import subprocess

import pytest

COMMIT = "git add -A && git commit -q -m"
IN_LIB = "git -c protocol.file.allow=always submodule update -q --init; cd lib"
BACK = "cd $GASTOWN_WORKSPACE/repo"


def kept(town, bead="gt-1"):
    """The refs under which work was put aside."""
    return [ref for ref in town.refs() if ref.startswith(f"refs/gastown/kept/{bead}/")]


def files(town, ref, **where):
    """The names of the files of a commit."""
    return town.git("ls-tree", "-r", "--name-only", ref, **where).splitlines()


@pytest.fixture
def library(town):
    """A repository of another server, with two commits of some files each, which the rig links to as `lib`."""
    place, seed = town.root / "library.git", town.root / "library"
    town.git("init", "--quiet", "--bare", place, cwd=town.root)
    town.git("init", "--quiet", seed, cwd=town.root)
    for number in range(2):
        for name in range(20):
            (seed / f"f{name}").write_text(f"{number}\n")
        town.git("add", "--all", cwd=seed)
        town.git("commit", "--quiet", "--message", f"library {number}", cwd=seed)
    town.git("push", "--quiet", place, "HEAD:main", cwd=seed)
    # As a server gives them: all objects in one pack.
    town.git("-c", "pack.writeBitmaps=false", "repack", "-adq", cwd=place)
    town.git(
        "update-index",
        "--add",
        "--cacheinfo",
        f"160000,{town.git('rev-parse', 'HEAD', cwd=seed)},lib",
        cwd=town.seed,
    )
    (town.seed / "lib").mkdir()
    town.commit("link", {".gitmodules": f'[submodule "lib"]\n\tpath = lib\n\turl = file://{place}\n'})
    return place


def bundled(town, ref):
    """The bundle of a ref, as a file."""
    file = town.root / f"{ref.rpartition('/')[2]}.bundle"
    words = ("git", "cat-file", "blob", f"{ref}:repository.bundle")
    with file.open("wb") as stream:
        subprocess.run(words, cwd=town.origin, stdout=stream, check=True)
    return file


def restored(town, ref, server=None):
    """A fresh clone of what a bundle builds on, with what it brings; where it builds on nothing, a clone of the bundle."""
    bundle, there = bundled(town, ref), town.root / "restored"
    town.git("clone", "--quiet", server or bundle, there, cwd=town.root)
    town.git("fetch", "--quiet", bundle, "refs/*:refs/kept/*", "+HEAD:refs/kept/HEAD", cwd=there)
    town.git("fsck", "--strict", cwd=there)
    return there


@pytest.mark.parametrize(
    ("script", "subjects"),
    [
        pytest.param(f"echo 42 > answer; {COMMIT} a", ["a"], id="a commit"),
        pytest.param(f"git checkout -q -b side; echo 42 > answer; {COMMIT} a", ["a"], id="on a branch"),
        pytest.param("echo 42 > answer; echo 1 > f1; rm f2", ["What was uncommitted"], id="uncommitted"),
        pytest.param(
            "echo 42 > answer; git add answer; rm answer; echo 42 > answer",
            ["What was uncommitted"],
            id="staged",
        ),
        pytest.param(
            f"echo 1 > g; {COMMIT} a; echo 42 > answer; rm f3", ["What was uncommitted", "a"], id="both"
        ),
        pytest.param(f"echo 42 > answer; {COMMIT} a; git gc -q --prune=now", ["a"], id="packed"),
        pytest.param(f"git checkout -q HEAD~1; echo 42 > answer; {COMMIT} a", ["a"], id="on an older commit"),
        pytest.param(
            f"echo 42 > answer; {COMMIT} a; {BACK}; git submodule -q update", ["a"], id="left by HEAD"
        ),
        pytest.param(f"echo 42 > answer; {COMMIT} a; {BACK}; rm -rf lib", ["a"], id="its folder gone"),
        pytest.param(
            f"echo 42 > answer; {COMMIT} a; {BACK}; git submodule -q deinit -f lib", ["a"], id="deinit"
        ),
        pytest.param("echo 42 > answer; git stash -q -u", None, id="stashed"),
    ],
)
def test_what_is_made_in_a_submodule_is_kept(town, library, script, subjects):
    """Commits and files, as one bundle that holds no more than its server lacks; the last words or the summary say how to get it back."""
    town.script(f"({IN_LIB}; {script}); {BACK}; echo 1 > own")
    done = town.polecat()
    assert done.code == 0, done.err
    (ref,) = kept(town)
    there = restored(town, ref, library)
    fresh = town.git("log", "--format=%s", "--glob=refs/kept", "--not", "--remotes", cwd=there).splitlines()
    assert subjects is None or fresh == subjects
    held = town.git("log", "--all", "--format=", "--name-only", "--diff-filter=A", "-m", cwd=there)
    assert "answer" in held
    assert (
        f"the repository lib is kept as {ref} (a repository comes back by: git fetch origin {ref} && "
        in town.output("summary")
    )
    assert files(town, "polecat/gt-1") == [".gitmodules", "README", "lib", "own"]
    assert int(town.git("cat-file", "-s", f"{ref}:repository.bundle")) < 4000


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "script",
    [
        pytest.param("true", id="as it was"),
        pytest.param("git checkout -q HEAD~1", id="an older commit"),
        pytest.param(
            "git fetch -q; git checkout -q -B main origin/main; touch f1; git status -s",
            id="a branch of its server",
        ),
        pytest.param(
            "echo 1 > mine; git add mine; git commit -q -m a; git push -q origin HEAD:refs/heads/mine",
            id="pushed",
        ),
    ],
)
def test_a_submodule_whose_server_has_all_is_not_spoken_of(town, script):
    """Also where the agent moved it to another commit."""
    town.script(f"({IN_LIB}; {script}); {BACK}; echo 1 > own")
    assert town.polecat().code == 0
    assert (kept(town), "kept" in town.output("summary")) == ([], False)


def test_a_shallow_submodule_loses_nothing(town, library):
    """Of its history only the last commit is there."""
    shallow = "git -c protocol.file.allow=always submodule update -q --init --depth 1; cd lib"
    town.script(f"({shallow}; echo 42 > answer; {COMMIT} a; git gc -q --prune=now)")
    town.polecat()
    (ref,) = kept(town)
    there = restored(town, ref, library)
    assert "answer" in files(town, "refs/kept/HEAD", cwd=there)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("git init -q inner; cd inner", id="no commit"),
        pytest.param(f"git init -q inner; cd inner; echo 1 > f; {COMMIT} a", id="commits"),
        pytest.param("git init -q ../inner; cd ../inner", id="next to the clone"),
        pytest.param("git clone -q . ../inner; cd ../inner", id="a clone of the clone"),
        pytest.param("mkdir -p inner/.git; cd inner", id="a git directory that is none"),
        pytest.param("mkdir inner; echo nonsense > inner/.git; cd inner", id="a mark that is none"),
        pytest.param(
            "mkdir inner; echo gitdir: /nowhere > inner/.git; cd inner", id="a git directory out of reach"
        ),
        pytest.param(
            "git init -q --separate-git-dir ../store inner; cd inner", id="a git directory elsewhere"
        ),
        pytest.param(
            "git worktree add -q inner HEAD; rm -r .git/worktrees; cd inner",
            id="a work tree that is forgotten",
        ),
        pytest.param("git worktree add -q old HEAD; mv old inner; cd inner", id="a work tree that was moved"),
        pytest.param("git init -q outer; git init -q outer/inner; cd outer/inner", id="inside another one"),
        pytest.param(
            "git init -q inner; cd inner; chmod 0 .git/HEAD; echo x > .git/index", id="a broken one"
        ),
    ],
)
def test_files_of_a_repository_that_an_agent_made_are_kept(town, script):
    """They are no part of the bead's commit, as git has it."""
    town.script(f"({script}; mkdir -p deep; echo 42 > deep/answer); echo 1 > own")
    done = town.polecat()
    assert done.code == 0, done.err
    assert "deep/answer" not in files(town, "polecat/gt-1")
    held = []
    for ref in kept(town):
        town.git("fetch", "--quiet", bundled(town, ref), "HEAD", cwd=town.seed)
        held += files(town, "FETCH_HEAD", cwd=town.seed)
    assert "deep/answer" in held


def test_a_bare_repository_beside_is_kept(town):
    """An agent that pushed to a server of its own making, and forgot the commit where it worked."""
    town.script(
        f"git init -q --bare ../mine.git; git clone -q ../mine.git ../work 2>&1; (cd ../work; echo 42 > answer; {COMMIT} a; "
        "git push -q origin HEAD:x); rm -rf ../work; echo 1 > own"
    )
    assert town.polecat().code == 0
    (ref,) = kept(town)
    there = restored(town, ref)
    assert files(town, "refs/kept/HEAD", cwd=there) == ["answer"]


HOSTILE = {
    "a link for its git directory": "mkdir inner; ln -s $PWD/.git inner/.git",
    "the first git directory": "mkdir inner; echo gitdir: ../.git > inner/.git",
    "a folder of ours": "mkdir inner; echo gitdir: $GASTOWN_WORKSPACE/run > inner/.git; cp .git/HEAD ../run/HEAD; cp -r .git/refs ../run/",
    "itself": "git init -q inner; rm -r inner/.git; echo gitdir: . > inner/.git",
    "pipes": "git init -q inner; cd inner; rm -r .git/HEAD .git/objects; for f in HEAD index packed-refs objects f; do mkfifo .git/$f; done; "
    "mkfifo f .gitignore",
    "links": "git init -q inner; cd inner; for f in HEAD index packed-refs; do rm -f .git/$f; ln -s /etc/passwd .git/$f; done; "
    "rm -r .git/objects; ln -s $GASTOWN_WORKSPACE/repo/.git/objects .git/objects; ln -s /etc/passwd f; ln -s /etc d",
    "settings": "git init -q inner; cd inner; git config core.fsmonitor 'touch ../loot'; git config core.worktree /etc; "
    "git config filter.x.clean 'touch ../loot; cat'; echo '* filter=x' > .gitattributes; echo 1 > f; "
    "echo /etc > .git/objects/info/alternates; printf 'touch ../loot\\n' > .git/hooks/post-index-change",
    "names": "git init -q inner; cd inner; git commit -q --allow-empty -m a; s=$(git rev-parse HEAD); "
    "for n in '-x' '$(id)' 'a b' 'HEAD' 'x.lock' '..'; do echo $s > \".git/refs/heads/$n\"; done 2>/dev/null; "
    "printf '%s refs/heads/a\\n%s refs/heads/../../b\\nx y z\\n' $s $s > .git/packed-refs; echo ref: ../../x > .git/HEAD",
    "a history that is not there": "git init -q inner; cd inner; echo 1111111111111111111111111111111111111111 > .git/refs/heads/a; "
    "git commit -q --allow-empty -m a; git commit -q --allow-empty -m b; rm .git/objects/*/$(git rev-parse HEAD~1 | cut -c3-)",
    "many": "for n in $(seq 40); do mkdir -p .git/modules/m$n/objects .git/modules/m$n/refs; echo ref: x > .git/modules/m$n/HEAD; done",
    "deep": "p=.; for n in $(seq 30); do p=$p/i; git init -q $p; done",
    "an index that is none": "git init -q inner; cd inner; printf 'DIRC\\0\\0\\0\\2\\0\\0\\0\\1%100s/../../x' x > .git/index; echo 1 > f",
}


@pytest.mark.parametrize("script", HOSTILE.values(), ids=HOSTILE)
def test_odd_repositories_reach_nothing_and_cost_no_work(town, script):
    """Nothing of theirs is run or followed, and the bead's own work is published."""
    town.script(f"({script}); echo 1 > own")
    done = town.polecat()
    assert done.code == 0, done.err
    assert files(town, "polecat/gt-1") == ["README", "own"]
    assert not list(town.workspace().rglob("loot"))
    for ref in kept(town):
        if files(town, ref) == ["repository.bundle"]:
            text = bundled(town, ref).read_bytes()
            assert (text[:16], b"root:x" in text) == (b"# v2 git bundle\n", False)
            listed = subprocess.run(
                ("git", "bundle", "list-heads", bundled(town, ref)), capture_output=True, check=False
            )
            assert listed.returncode == 0, listed.stderr
