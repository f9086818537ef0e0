"""An agent that ends in the middle of a rebase, a merge or a stash, with a friendly exit code, has not finished: nothing of that is published."""

import pytest

from workflows.exits import Reason

QUEUE = "refs/gastown/queue/main/gt-1"
MARKED = "printf '<<<<<<< ours\\none\\n=======\\ntwo\\n>>>>>>> theirs\\n'"
SIDES = (
    "b=$(git branch --show-current); git checkout -q -b side; echo two > f; git add f; git commit -qm two;"
    "git checkout -q $b; echo one > f; git add f; git commit -qm one;"
)
"""Two lines of work that conflict, and the agent on the second."""

UNFINISHED = {
    "a rebase": (
        f"{SIDES} git rebase side; : > .git/index.lock; : > .git/HEAD.lock",
        "in the middle of a rebase",
    ),
    "a merge": (f"{SIDES} git merge side", "with conflict markers in f"),
    "a cherry-pick": (f"{SIDES} git cherry-pick side", "with conflict markers in f"),
    "a stash": (
        "echo one > README; git stash -q; echo two > README; git commit -qam two; git stash pop",
        "README",
    ),
    "markers that were added": (f"{MARKED} > README; git add README", "with conflict markers in README"),
    "markers in a new file": (f"{MARKED} > 'a b'", "with conflict markers in a b"),
    "markers that were committed": (
        f"{MARKED} > README; git commit -qam sweep",
        "with conflict markers in README",
    ),
    "markers with the line ends of Windows": (
        "printf '<<<<<<< ours\\r\\none\\r\\n||||||| base\\r\\n=======\\r\\ntwo\\r\\n>>>>>>> theirs\\r\\n' > README; git commit -qam sweep",
        "with conflict markers in README",
    ),
    "markers as long as attributes have them": (
        f"echo '* conflict-marker-size=20' > .gitattributes; {SIDES} git merge side; git add -A; git commit -qm sweep",
        "with conflict markers in f",
    ),
    "markers in a file that is not for diffs": (
        f"echo 'f -diff -text' > .gitattributes; {MARKED} > f; git add -A; git commit -qm sweep",
        "with conflict markers in f",
    ),
    "a merge that was swept": (
        f"{SIDES} git merge side; git commit -qam sweep",
        "with conflict markers in f",
    ),
}


@pytest.mark.parametrize(("script", "words"), UNFINISHED.values(), ids=UNFINISHED)
def test_it_is_kept_and_told_and_not_published(town, script, words):
    """Another try may finish it, and finds the commits again."""
    town.script(f"{{ {script}; }} > /dev/null 2>&1; exit 0")
    done = town.polecat()
    assert done.code == Reason.FAILED.value
    assert words in town.last_words()
    assert QUEUE not in town.refs()
    kept = [
        ref for ref in town.refs() if ref.startswith(("refs/gastown/kept/gt-1/", "refs/heads/polecat/gt-1"))
    ]
    assert kept


@pytest.mark.parametrize(
    "script",
    [
        "printf 'one\\n=======\\n' > heading",
        "printf 'one\\n=======\\n' > heading; git add -A; git commit -qm heading",
        "echo more >> fixture",
        "echo more >> fixture; git commit -qam more",
        f"{SIDES} git merge side; echo both > f; git add f; git commit -q --no-edit",
    ],
    ids=[
        "a heading",
        "a heading, committed",
        "of a fixture",
        "of a fixture, committed",
        "a merge that it ended",
    ],
)
def test_what_only_looks_like_it_is_work(town, script):
    """A heading underlined by seven signs; a file that had markers before; a conflict that the agent has resolved."""
    town.commit("fixture", {"fixture": "<<<<<<< ours\none\n=======\ntwo\n>>>>>>> theirs\n"})
    town.script(f"{{ {script}; }} > /dev/null 2>&1; exit 0")
    done = town.polecat()
    assert done.code == 0, done
    assert QUEUE in town.refs()
