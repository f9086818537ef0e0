"""Wherever an agent leaves what it made, and whatever it does to its repository: it is on the server, or its place is named."""

import subprocess

import pytest

COMMIT = "git add -A && git commit -q -m"
MADE = "echo precious > answer"
OWN = "git checkout -q polecat/gt-1; echo 1 > own; git add own; git commit -q -m own"
SIDES = f"git checkout -q -b x; echo x > README; {COMMIT} x; git checkout -q polecat/gt-1; echo y > README; echo 1 > z; {COMMIT} y"
OBJECT = "f=.git/objects/$(echo $t | cut -c1-2)/$(echo $t | cut -c3-); chmod u+w $f"

ELSEWHERE = {
    "a branch of no history": f"git checkout -q --orphan o; {MADE}; {COMMIT} a; {OWN}",
    "a branch deep in folders": f"git checkout -q -b a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p; {MADE}; {COMMIT} a; {OWN}",
    "a branch among thousands": f"git checkout -q -b zz; {MADE}; {COMMIT} a; {OWN}; for n in $(seq 2500); do echo; done | "
    'awk "{print \\"create refs/heads/b\\" NR \\" $(git rev-parse HEAD)\\"}" | git update-ref --stdin',
    "a tag": f"git checkout -q --detach; {MADE}; {COMMIT} a; git tag v1; {OWN}",
    "an annotated tag": f"git checkout -q --detach; {MADE}; {COMMIT} a; git tag -a -m t v1; {OWN}",
    "the words of a tag": f"{OWN}; git tag -a -m precious v1",
    "notes": f"{OWN}; git notes add -m precious",
    "a ref of its own": f"git checkout -q --detach; {MADE}; {COMMIT} a; git update-ref refs/mine/x HEAD; {OWN}",
    "a ref that is called like a kept one": f"git checkout -q --detach; {MADE}; {COMMIT} a; "
    f"git update-ref refs/gastown/kept/gt-1/x HEAD; {OWN}",
    "a HEAD outside of branches": f"git symbolic-ref HEAD refs/foo/bar; {MADE}; {COMMIT} a; {OWN}",
    "a detached HEAD that it left": f"git checkout -q --detach; {MADE}; {COMMIT} a; {OWN}",
    "a HEAD that it left in another work tree": f"git worktree add -q --detach ../w; (cd ../w; {MADE}; {COMMIT} a; "
    f"git checkout -q polecat/gt-1~0); {OWN}",
    "a bisect": f"echo 1 > a; {COMMIT} a; echo 2 > a; {COMMIT} b; git bisect start -q; git bisect bad; git bisect good HEAD~2; "
    f"{MADE}; {COMMIT} m; git checkout -q polecat/gt-1",
    "a commit to pick": f"git checkout -q --detach; echo precious > README; {COMMIT} x; s=$(git rev-parse HEAD); {OWN}; "
    f"echo y > README; {COMMIT} y; ! git cherry-pick $s; git checkout -q -f HEAD",
    "what a rebase put away": f"{SIDES}; echo precious > z; ! git rebase -q --autostash x",
    "what a merge put away": f"{SIDES}; echo precious > z; ! git merge -q --autostash x",
    "a file next to the clone": f"echo precious > ../notes; {OWN}",
    "a folder that the clone links to": f"mkdir ../data; ln -s ../data data; echo precious > data/f; {OWN}",
    "a work tree that its settings name": "mkdir ../other; git config core.worktree $PWD/../other; echo precious > ../other/f",
    "a clone that it moved": f"{MADE}; {COMMIT} a; cd ..; mv repo gone",
    "a clone that it moved, another in its place": f"{MADE}; {COMMIT} a; cd ..; mv repo gone; git clone -q gone repo; cd repo; git reset -q --hard HEAD~1",
    "a git directory of another name": f"git --git-dir=../o.git init -q; {MADE}; git --git-dir=../o.git --work-tree=. add answer; "
    f"git --git-dir=../o.git --work-tree=. commit -q -m a; rm answer; {OWN}",
    "a clone in its home": f"mkdir ../home; git clone -q . ../home/x; cd ../home/x; {MADE}; {COMMIT} a",
    "a work tree in its home": f"mkdir ../home; git worktree add -q --detach ../home/x; {MADE}; mv answer ../home/x/",
    "a server of its own": f"git init -q --bare ../bare.git; {MADE}; {COMMIT} a; git push -q ../bare.git HEAD:x; git reset -q --hard HEAD~1; {OWN}",
}
IN_ITS_CLONE = {
    "a git directory elsewhere": f"git init -q --separate-git-dir ../store; git checkout -q -b side; {MADE}; {COMMIT} a; git checkout -q -",
    "a linked git directory": f"mv .git ../store; ln -s ../store .git; {MADE}; {COMMIT} a; git rm -q answer; git commit -q -m rm",
    "no git directory": f"{MADE}; rm -rf .git",
    "no git directory, after a commit": f"{MADE}; {COMMIT} a; rm -rf .git",
    "no HEAD": f"{MADE}; {COMMIT} a; rm .git/HEAD",
    "no HEAD, and it was detached": f"git checkout -q --detach; {MADE}; {COMMIT} a; rm .git/HEAD answer",
    "a HEAD that is none": f"{MADE}; {COMMIT} a; echo garbage > .git/HEAD",
    "an index that is none": f"{MADE}; {COMMIT} a; echo garbage > .git/index",
    "a tree that is broken": f"{MADE}; {COMMIT} a; echo 1 > b; {COMMIT} b; t=$(git rev-parse HEAD^{{tree}}); {OBJECT}; echo x > $f",
    "a commit that is broken": f"{MADE}; {COMMIT} a; echo 1 > b; {COMMIT} b; t=$(git rev-parse HEAD); {OBJECT}; echo x > $f",
    "a blob that is gone": f"{MADE}; {COMMIT} a; echo 1 > b; {COMMIT} b; t=$(git rev-parse HEAD:b); {OBJECT}; rm $f",
    "a history that it cut": f"{MADE}; {COMMIT} a; git rev-parse HEAD > .git/shallow; git rm -q answer; git commit -q -m r",
    "objects that were packed": f"{MADE}; {COMMIT} a; git gc -q --prune=now; git rm -q answer; git commit -q -m r",
    "its branch renamed": f"git branch -m other; {MADE}; {COMMIT} a",
    "its branch deleted": f"{MADE}; {COMMIT} a; git checkout -q --detach HEAD~1; git branch -q -D polecat/gt-1",
    "its clone made anew": f"u=$(git remote get-url origin); cd ..; rm -rf repo; git clone -q $u repo; cd repo; {MADE}; {COMMIT} a",
    "a file that is assumed unchanged": "git update-index --assume-unchanged README; echo precious >> README",
    "a file that is skipped": "git update-index --skip-worktree README; echo precious >> README",
    "a file outside of a sparse checkout": "mkdir d; echo 1 > d/f; git add d; git commit -q -m d; "
    "git sparse-checkout set --no-cone /d; echo precious > README",
    "a sparse index": "mkdir d e; echo 1 > d/f; echo 1 > e/f; git add d e; git commit -q -m d; "
    "git sparse-checkout set --cone --sparse-index d; echo precious > d/f",
    "a split index": f"git config core.splitIndex true; {MADE}; git add answer; git update-index --split-index",
    "a file that is to be added": f"{MADE}; git add -N answer",
    "an ignored file that was added": f"echo answer > .gitignore; {MADE}; git add -f answer",
    "a file of an ignored folder that was added": "echo d > .gitignore; mkdir d; echo precious > d/f; git add -f d",
    "a file that it excluded": f"echo answer > .git/info/exclude; {MADE}",
    "a name in another case": "git mv README readme; echo precious >> readme",
    "a name with a line end": "echo precious > \"$(printf 'a\\nb')\"",
    "a name that is no text": "echo precious > \"$(printf 'a\\377b')\"",
    "a name like an option": "echo precious > ./-x",
    "a name like magic": "echo precious > ':(top)x'",
    "a file for a folder": "mkdir d; echo 1 > d/f; git add d; git commit -q -m d; rm -r d; echo precious > d",
    "a folder for a file": "rm README; mkdir README; echo precious > README/f",
    "a link for a file": "rm README; ln -s precious README",
    "an encoding that it is not in": "echo '*.t working-tree-encoding=UTF-16' > .gitattributes; echo precious > x.t",
}


def reachable(repository):
    """All that the refs of a repository lead to."""
    refs = subprocess.check_output(("git", "for-each-ref", "--format=%(objectname)"), cwd=repository)
    names = subprocess.check_output(("git", "rev-list", "--objects", "--all"), cwd=repository)
    shas = b"\n".join([refs, *(line.split(b" ")[0] for line in names.splitlines())])
    return subprocess.run(
        ("git", "cat-file", "--batch"), input=shas, cwd=repository, capture_output=True, check=True
    ).stdout


def unbundled(town):
    """The work of repositories of their own, beside what the rig's has."""
    there = town.root / "there"
    town.git("clone", "--quiet", "--mirror", town.origin, there, cwd=town.root)
    for ref in (each for each in town.refs() if "/kept/" in each):
        if town.git("ls-tree", "--name-only", f"{ref}^{{tree}}") == "repository.bundle":
            (town.root / "b").write_bytes(
                subprocess.check_output(("git", "cat-file", "blob", f"{ref}:repository.bundle"), cwd=there)
            )
            town.git("fetch", "--quiet", town.root / "b", "refs/*:refs/b/*", "+HEAD:refs/b/HEAD", cwd=there)
    return there


@pytest.mark.parametrize(
    "script", [*ELSEWHERE.values(), *IN_ITS_CLONE.values()], ids=[*ELSEWHERE, *IN_ITS_CLONE]
)
def test_what_an_agent_leaves_is_on_the_server(town, script):
    """As a commit that a ref leads to; where that is no branch of the bead's, the last words or the summary name the ref."""
    town.script(f"({script}) > /dev/null 2>&1; true")
    done = town.polecat()
    assert b"precious" in reachable(unbundled(town))
    said = town.last_words() if done.code else town.output("summary")
    kept = [ref for ref in town.refs() if ref.startswith("refs/gastown/kept/")]
    assert [ref for ref in kept if ref not in said] == []


@pytest.mark.parametrize(
    ("script", "place"),
    [
        pytest.param(
            "p=d; for n in $(seq 120); do p=$p/d; done; mkdir -p $p; echo 1 > $p/f",
            "d/d/d/d",
            id="a deep folder",
        ),
        pytest.param("mkdir -p d/.Git; echo 1 > d/.Git/f", "d/.Git/f", id="a name that git forbids"),
        pytest.param("mkfifo ../pipe", "../pipe", id="a pipe next to its clone"),
    ],
)
def test_what_nobody_can_take_is_named(town, script, place):
    """In the summary."""
    town.script(f"{script}; echo 1 > own")
    assert town.polecat().code == 0
    assert f"left out of the work: {place}" in town.output("summary").replace("Ignoring path ", "")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(f"{COMMIT} b; echo 2 > own; git commit -q -a --amend -m c", id="amended"),
        pytest.param(
            f"{COMMIT} b; git checkout -q --detach; git checkout -q -; git checkout -q HEAD~1; git switch -q -",
            id="looked at",
        ),
        pytest.param("echo i > .gitignore; echo 1 > i", id="ignored"),
        pytest.param("git stash -q -u; git stash pop -q", id="stashed and taken back"),
        pytest.param("mkdir -p ../home/.cache; echo 1 > ../home/.cache/x; echo 1 > ../run/x", id="its home"),
        pytest.param(
            "mkdir -p ../home/.claude; git init -q ../home; echo 1 > ../home/.claude/login",
            id="its home, as a repository",
        ),
        pytest.param("git fetch -q --tags origin; git branch same", id="fetched"),
    ],
)
def test_what_is_no_work_is_not_spoken_of(town, script):
    """What was superseded, or is on the server: nobody wants a ref for each."""
    town.git("tag", "v0", town.commit("other", {"f": "1\n"}, branch="other"))
    town.script(f"echo 1 > own; {script}")
    assert town.polecat().code == 0
    assert ("kept" in town.output("summary"), [ref for ref in town.refs() if "/kept/" in ref]) == (False, [])


def test_what_an_earlier_courier_left_decides_nothing(town):
    """It may have been killed while a file was ignored that is not any more."""
    town.script("echo 1 > answer")
    assert town.step("clone").code == 0
    (mirror,) = [each / "mirror" for each in town.workspace().rglob("handover")]
    mirror.mkdir()
    (mirror / ".gitignore").write_text("answer\n")
    town.launch()
    assert town.step("publish").code == 0
    assert town.show("polecat/gt-1", "answer") == "1"


def test_nothing_from_elsewhere_becomes_the_branch(town):
    """Where the server takes no refs but branches: the next agent would start from a commit that holds a bundle alone."""
    hook = town.origin / "hooks" / "update"
    hook.write_text("#!/bin/sh\ncase $1 in refs/gastown/kept/*) exit 1 ;; esac\n")
    hook.chmod(0o755)
    town.script(
        "git worktree add -q --detach ../one; echo 1 > ../one/f; git init -q inner; echo 1 > inner/f; echo 1 > ../notes; "
        "echo 1 > x; git stash -q -u"
    )
    town.polecat()
    assert [ref for ref in town.refs() if ref.startswith("refs/heads/")] == ["refs/heads/main"]
    assert town.last_words().count("could not be kept on the server: it is ") == 4
