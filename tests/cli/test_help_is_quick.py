import json
import subprocess
import sys

import click
import pytest

from kubectl_gt.cli.command import Verb
from kubectl_gt.cli.lazy import Verbs
from kubectl_gt.cli.program import command, program

HEAVY = {
    "pydantic",
    "hera",
    "kubernetes",
    "rich",
    "yaml",
    "sqlite3",
    "crds",
    "workflows",
    "platformdirs",
    "psutil",
}

PROBE = """
import json, sys
from kubectl_gt.main import run
code = run(sys.argv[1:])
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
sys.exit(code)
"""


def _paths(group=program, path=()):
    for name, entry in group.table.items():
        if isinstance(entry, Verbs):
            yield from _paths(entry, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("arguments", [["--help"], [], ["rig"], ["convoy", "--help"]], ids=" ".join)
def test_help_imports_nothing_heavy(arguments):
    """Half a second of imports for a list of verbs is what makes a tool feel slow."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], capture_output=True, check=True, text=True
    )
    assert "Usage: gastown" in done.stdout
    assert set() == HEAVY & set(json.loads(done.stderr))


@pytest.mark.parametrize("arguments", [["status"], ["convoy", "list"], ["inbox"]], ids=" ".join)
def test_what_only_reads_imports_no_compiler(worked, arguments):
    """Hera takes longer to import than all else together, and only who makes a Workflow needs it; who prints no YAML needs none."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        capture_output=True,
        check=False,
        env=worked.environ,
        text=True,
    )
    assert set() == {"hera", "kubernetes", "tomllib", "yaml"} & set(json.loads(done.stderr.splitlines()[-1]))


def test_a_runner_imports_no_compiler():
    """One is started for each convoy, and goes on with what was submitted."""
    probe = "import json, sys, workflows.local.__main__; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, check=True, text=True)
    assert set() == {"hera", "kubernetes", "rich", "click"} & set(json.loads(done.stdout))


@pytest.mark.parametrize("path", [*_paths()], ids=" ".join)
def test_every_verb_of_the_table_is_there(path):
    """A name in the table is a promise; what it names takes kubectl's options too."""
    found = command(*path)
    assert isinstance(found, Verb)
    assert found.help
    names = {name for parameter in found.params for name in parameter.opts}
    assert {"--local", "--namespace", "--context", "--kubeconfig", "--request-timeout"} <= names
    assert len(names) == sum(len(parameter.opts) for parameter in found.params)


def test_kubectls_options_stand_anywhere(look):
    """Scripts write `kubectl gt rig list -n x --local` as well as `kubectl gt --local rig list`."""
    before = look("--local", "rig", "list", "-o", "name")
    behind = look("rig", "list", "-o", "name", "-n", "anywhere", "--local", "--disable-compression")
    assert (0, "rig.gastown.gastown.io/app\n") == (before.code, before.out)
    assert (0, before.out) == (behind.code, behind.out)


def test_the_exit_codes_are_told():
    """Who writes a script finds them without the sources."""
    text = program.get_help(click.Context(program, info_name="gastown"))
    assert "124 --timeout passed" in " ".join(text.split())
