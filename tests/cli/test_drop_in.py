"""`kubectl gt` beside gastown-operator's v0.4.2: verbs, flags, exit codes and what scripts cut out of the output. What differs stands in a table of the docs."""

import re
from pathlib import Path

import click
import pytest

from kubectl_gt.cli.program import command
from kubectl_gt.reference import commands

PAGE = (Path(__file__).parents[2] / "docs" / "coming-from-gastown-operator.md").read_text(encoding="utf-8")

FLAGS = {
    "rig list": "--output -o",
    "rig status": "--output -o",
    "rig create": "--git-url --prefix --local-path",
    "polecat list": "--output -o",
    "polecat status": "--output -o",
    "polecat logs": "--follow -f --container -c",
    "polecat nuke": "--force",
    "sling": "--wait --wait-ready --timeout --name --theme --git-secret",
    "convoy list": "--output -o",
    "convoy status": "--output -o",
    "convoy create": "",
    "auth sync": "--claude-dir --force",
    "auth status": "",
    "version": "",
    "completion": "",
}
"""Each verb there, with its flags."""

KUBECTL = (
    "--kubeconfig --context --cluster --user --namespace -n --server -s --token --as --as-group --as-uid --cache-dir"
    " --certificate-authority --client-certificate --client-key --insecure-skip-tls-verify --tls-server-name"
    " --request-timeout --disable-compression"
)
"""Flags that each of its verbs takes."""

SHAPES = {
    "rig list": r"NAME +PREFIX +GIT-URL +PHASE +AGE\napp +app ",
    "rig status app": r"Name: +app\nPrefix: +app\nGit URL: +\S+\n(.*\n)*Phase: +Ready\n",
    "polecat list": r"NAME +RIG +BEAD +PHASE +POD +AGE\n",
    "polecat list app": r"NAME +RIG +BEAD +PHASE +POD +AGE\n(?:\S+ +app +app-\d .*\n)+$",
    "polecat status app/nux": r"Name: +nux\nRig: +app\nBead: +app-4\n(.*\n)*Desired state: +Working\nPhase: +Stuck\n(.*\n)*Branch: ",
    "polecat logs app/nux": r"nux works on app-4\n$",
    "polecat logs app/nux -c claude": r"nux works on app-4\n$",
    "polecat logs app/nux --container=claude": r"nux works on app-4\n$",
    "convoy list": r"ID +DESCRIPTION +COMPLETED +PENDING +PHASE +AGE( |\n)",
    "convoy status build": r"convoy build +Complete +2/2 \(100%\)(.*\n)+.*✓ +app-1",
    "version": r"kubectl gt \d",
    "completion bash": r"(?s).*complete ",
}
"""Command lines that end well, and how what they print begins."""

DOCUMENTS = {
    "rig list -o json": ("array", "spec.gitURL"),
    "rig status app -o json": ("object", "spec.gitURL"),
    "polecat list -o json": ("array", "spec.rig"),
    "polecat status app/nux -o json": ("object", "status.phase"),
    "convoy list -o json": ("array", "spec.trackedBeads"),
    "convoy status build -o json": ("object", "status.phase"),
}
"""What `-o json` is, and a field that scripts read."""

REFUSED = {
    "rig status nobody": 4,
    "polecat status app/nobody": 4,
    "convoy status nobody": 4,
    "rig create app": 2,
    "sling": 2,
    "rig list -o xml": 2,
}
"""Where gastown-operator's ends with 1 and no word, ours says what is wrong and ends with a code of its own."""


def _options(path):
    return {name for each in command(*path).params for name in (*each.opts, *each.secondary_opts)}


@pytest.mark.parametrize("verb", FLAGS)
def test_each_verb_takes_its_flags_and_those_of_kubectl(verb):
    """A script that names one goes on."""
    assert {*FLAGS[verb].split(), *KUBECTL.split()} <= _options(verb.split())


@pytest.mark.parametrize("line", SHAPES)
def test_what_people_read_has_the_same_shape(look, line):
    """Headings and names stand where scripts look for them, and the code is 0."""
    done = look(*line.split(), name="kubectl-gt")
    assert 0 == done.code, done.err
    assert re.match(SHAPES[line], done.out), done.out


@pytest.mark.parametrize("line", DOCUMENTS)
def test_what_programs_read_has_the_same_fields(look, line):
    """Resources as the apiserver has them."""
    kind, path = DOCUMENTS[line]
    found = look(*line.split(), name="kubectl-gt").json
    assert isinstance(found, list if kind == "array" else dict)
    value = found[0] if kind == "array" else found
    for part in path.split("."):
        value = value[part]
    assert value


@pytest.mark.parametrize("line", REFUSED)
def test_a_refusal_says_what_is_wrong(look, line):
    """One line, and never code 0."""
    done = look(*line.split(), name="kubectl-gt")
    assert REFUSED[line] == done.code
    assert not done.out
    assert "error: " in done.err.lower()


def test_an_empty_list_is_said_and_no_failure(here):
    """As there; for programs it is an empty array."""
    empty = here("rig", "list", name="kubectl-gt")
    assert (0, "No rigs found.\n") == (empty.code, empty.err)
    assert [] == here("rig", "list", "-o", "json", name="kubectl-gt").json


def test_the_page_speaks_of_each_verb_that_differs():
    """Whoever comes from there finds what is another way here; each of its verbs is one of ours."""
    ours = {" ".join(path) for path, found in commands() if isinstance(found, click.Command)}
    assert FLAGS.keys() <= ours
    table = PAGE[PAGE.index("## Verbs") : PAGE.index("## Fields that are retired")]
    for verb in ("rig list", "rig create", "polecat nuke", "sling", "convoy create", "auth sync", "version"):
        assert f"`kubectl gt {verb}" in table, verb
