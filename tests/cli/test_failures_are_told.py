import errno
import sqlite3
import subprocess
import sys

import pytest

from crds import InvalidManifestError, Problem, RefusedChangeError, UnknownKindError
from kubectl_gt import errors as own
from kubectl_gt import exits
from kubectl_gt.cli.failures import exit_code, one_line
from kubectl_gt.exits import Exit
from workflows import errors

CASES = [
    (errors.BeadsUnreadable("b.jsonl", 3, "not JSON"), Exit.REFUSED),
    (errors.BeadRefused("gt-1", "no"), Exit.REFUSED),
    (errors.DependencyCycle(["a", "b"]), Exit.REFUSED),
    (errors.ConvoyRefused("no"), Exit.REFUSED),
    (errors.AgentRefused("no"), Exit.REFUSED),
    (errors.Missing("no"), Exit.MISSING),
    (errors.Occupied("no"), Exit.OCCUPIED),
    (errors.Unavailable("no"), Exit.UNAVAILABLE),
    (UnknownKindError("no"), Exit.REFUSED),
    (InvalidManifestError("Rig x", (Problem("spec", "bad"),)), Exit.REFUSED),
    (RefusedChangeError("Rig x", (Problem("spec", "bad"),)), Exit.REFUSED),
    (own.TimedOut("no"), Exit.TIMEOUT),
    (own.Stalled("no"), Exit.UNAVAILABLE),
    (own.WrongPlace("no"), Exit.USAGE),
    (sqlite3.OperationalError("database or disk is full"), Exit.UNAVAILABLE),
    (OSError(errno.ENOSPC, "No space left on device", "/town"), Exit.UNAVAILABLE),
]


@pytest.mark.parametrize(("error", "code"), CASES, ids=[type(error).__name__ for error, _ in CASES])
def test_every_error_has_its_code_and_one_line(error, code):
    """Whatever stands in a message, it stays one line and no command to a terminal."""
    assert code == exit_code(error)
    line = one_line(error)
    assert line.isprintable()
    assert line.strip()


def test_a_slip_hands_nothing_to_the_terminal(here, gastown):
    """What is no id is quoted as text: it may have been pasted."""
    assert here("rig", "create", "app", "--git-url", gastown.origin).code == 0
    for slip in ("a\u202eb", "a\x9b2J", "a\x1b]52;c;eA==\x07"):
        told = here("convoy", "create", "x", slip, "--rig", "app")
        assert (Exit.USAGE, True) == (told.code, told.error.isprintable()), told


def test_all_errors_of_the_trees_are_foreseen():
    """A class that is added later must not become a traceback."""
    for tree in (errors.WorkflowsError, own.CommandError):
        for kind in (tree, *tree.__subclasses__()):
            assert exit_code(kind.__new__(kind)) is not None


def test_a_bug_is_no_line():
    """A traceback is worth more than a guess."""
    assert exit_code(KeyError("x")) is None


def test_every_code_is_explained():
    """The table is the documentation."""
    assert set(Exit) == set(exits.MEANINGS)


def test_a_state_that_cannot_be_opened_is_told(gastown):
    """Disk full, wrong owner, a file in the way: one line, and what to do."""
    (gastown.root / "file").write_text("")
    ran = gastown("rig", "list", environ={"GASTOWN_HOME": str(gastown.root / "file" / "town")})
    assert 6 == ran.code
    assert "name another place with GASTOWN_HOME" in ran.error


def test_a_reader_that_leaves_is_no_error(worked):
    """`gastown convoy graph x | head -1` says nothing on stderr."""
    program = "from kubectl_gt.main import main; import sys; sys.argv[0] = 'gastown'; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "polecat", "list", "-o", "json"],
        env=worked.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert b"" == process.stderr.read()
    process.stderr.close()
    assert 141 == process.wait()


def test_no_verb_is_a_question_and_a_wrong_one_an_error(here):
    """Help on stdout and 0; one line and 2."""
    assert (0, True) == ((asked := here()).code, asked.out.startswith("Usage: gastown"))
    assert (2, "gastown: No such command 'slang'; did you mean `gastown sling`? see `gastown --help`") == (
        (ran := here("slang")).code,
        ran.error,
    )
    wrong = here("rig", "list", "--colour", name="kubectl-gt")
    assert (2, True) == (wrong.code, wrong.error.startswith("kubectl gt rig list: No such option"))


def test_a_strangers_package_in_the_way_is_named(gastown):
    """Other distributions install a package `workflows` too; an ImportError out of its depth would tell nobody."""
    stranger = gastown.root / "strangers" / "workflows"
    stranger.mkdir(parents=True)
    (stranger / "__init__.py").write_text("")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "kubectl_gt", "rig", "list"],
        env=gastown.environ | {"PYTHONPATH": str(stranger.parent)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert (6, 1) == (done.returncode, done.stderr.count("\n"))
    assert f"package workflows: it is {stranger}, not that of gastown-argo" in done.stderr
