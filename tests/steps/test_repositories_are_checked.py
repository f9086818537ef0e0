"""A rig's repository is asked whether it answers; what stands in the way is one word for the adapter and one line for people."""

import pytest

from workflows.exits import Reason
from workflows.orders import CHECK_FILE, CheckOrders
from workflows.steps.git.command import Git

CLOSED = "http://127.0.0.1:1/town.git"


def _checked(town, repository=None, *, base="main", **environ):
    """The exit code, the word in the outputs, and the last words."""
    (town.tasks / CHECK_FILE).write_text(CheckOrders(repository or str(town.origin), base).dump())
    done = town.step("check", bead="", **environ)
    word = (town.workspace("") / "out" / "reason").read_text()
    return done.code, word, "" if done.code == 0 else town.last_words()


def test_one_that_answers(town):
    """It has the branch: nothing more is asked."""
    assert (0, "Completed", "") == _checked(town)


def test_one_that_is_empty(town):
    """The next step is to push."""
    town.git("init", "--quiet", "--bare", town.root / "empty.git", cwd=town.root)
    code, word, words = _checked(town, str(town.root / "empty.git"))
    assert (Reason.FAILED.value, "RepositoryEmpty") == (code, word)
    assert words.endswith("is empty: push a first commit to main")


def test_one_without_the_branch(town):
    """The branch is named."""
    code, word, words = _checked(town, base="trunk")
    assert (Reason.FAILED.value, "BranchMissing") == (code, word)
    assert "has no branch 'trunk'" in words


def test_one_whose_branch_is_in_the_way(town):
    """Git can't have `polecat` and `polecat/<bead>`."""
    town.git("branch", "polecat", "main")
    code, word, words = _checked(town)
    assert (Reason.FAILED.value, "Unworkable") == (code, word)
    assert "can't be worked on: its branch polecat is in the way" in words


def test_one_of_sha_256(town):
    """Before an agent runs in vain."""
    place, seed = town.root / "long.git", town.root / "long"
    for options in (("--bare", place), (seed,)):
        town.git("init", "--quiet", "--object-format=sha256", "-b", "main", *options, cwd=town.root)
    town.git("commit", "--quiet", "--allow-empty", "--message", "x", cwd=seed)
    town.git("push", "--quiet", place, "HEAD:main", cwd=seed)
    code, word, words = _checked(town, str(place))
    assert (Reason.FAILED.value, "Unworkable") == (code, word)
    assert "named by SHA-256" in words


@pytest.mark.parametrize(
    ("said", "code", "word", "words"),
    [
        pytest.param(
            "Host key verification failed.",
            Reason.AUTH_FAILED,
            "HostKeyUnknown",
            "the ssh host key of git.test is not known",
            id="host key",
        ),
        pytest.param(
            "git@git.test: Permission denied (publickey).",
            Reason.AUTH_FAILED,
            "AuthFailed",
            "access to git@git.test:town.git is refused",
            id="refused",
        ),
        pytest.param(
            "ssh: Could not resolve hostname git.test: Name or service not known",
            Reason.FAILED,
            "Unreachable",
            "does not answer",
            id="no such host",
        ),
    ],
)
def test_one_behind_ssh(town, said, code, word, words):
    """What ssh says decides the word; the user's ssh is replaced by one that says it."""
    ssh = f"sh -c 'echo \"{said}\" >&2; exit 255'"
    found = _checked(town, "git@git.test:town.git", GIT_SSH_COMMAND=ssh)
    assert (code.value, word, True) == (*found[:2], words in found[2])


def test_one_that_nobody_serves(town):
    """Nothing listens there."""
    code, word, words = _checked(town, CLOSED)
    assert (Reason.FAILED.value, "Unreachable") == (code, word)
    assert "does not answer" in words


def test_orders_that_are_not_there(town):
    """The step names the file, and says nothing of the repository."""
    assert Reason.FAILED.value == town.step("check", bead="").code
    assert "check.json" in town.last_words()


def test_one_that_never_answers(town):
    """Git is ended after its time, and that counts as no answer."""
    git = Git.of({**town.environ, "PATH": "/usr/bin:/bin"}).within_seconds(0.2)
    done = git.call("-c", "alias.wait=!sleep 3", "wait")
    assert (124, "fatal: timed out: no answer in 0.2 s") == (done.code, done.err)
