"""What users of gastown-operator have in their repositories must go on working here, unchanged."""

import re
from pathlib import Path

import pytest
import yaml

import crds
from crds.render import definition

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data" / "gastown-operator-manifests"
VARIABLES = {
    "GIT_REPO": "git@github.com:org/repo.git",
    "MAX_PARALLEL": "3",
    "CHECK_INTERVAL": "1m",
    "STUCK_THRESHOLD": "15m",
}
FILES = sorted(DATA.glob("*/*.yaml"))
OBJECTS = [
    pytest.param(manifest, id=f"{path.parent.name}/{path.stem}")
    for path in FILES
    for manifest in yaml.safe_load_all(
        re.sub(
            r"\{\{(\w+)\}\}",
            lambda found: VARIABLES.get(found[1], found[1].lower().replace("_", "-")),
            path.read_text(encoding="utf-8"),
        )
    )
    if manifest and manifest["apiVersion"] == crds.API_VERSION
]
EMPTY = {"string": "", "boolean": False}
FIELDS = yaml.safe_load((HERE / "gastown_operator_fields.yaml").read_text(encoding="utf-8"))


@pytest.mark.skipif(not FILES, reason=f"no gastown-operator manifests in {DATA}")
@pytest.mark.parametrize("manifest", OBJECTS)
def test_a_sample_reads_and_writes_back_as_it_is(manifest):
    """Samples, and templates with their variables filled in, lose and gain nothing."""
    assert crds.load(manifest).manifest() == manifest


@pytest.mark.parametrize("kind", crds.KINDS)
def test_every_field_exists_as_wide_as_it_was(kind):
    """A value that its schema took, ours takes; a value that it filled in, ours fills in."""
    ours = dict(_flat(_schema(kind), ""))
    narrower = {
        path: (theirs, ours.get(path))
        for path, theirs in _told(kind).items()
        if path not in ours or not _as_wide(ours[path], theirs)
    }

    assert narrower == {}


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("Rig", ["Phase", "Polecats", "Convoys", "Age"]),
        ("Polecat", ["Rig", "Phase", "Bead", "Pod", "Active", "Age"]),
        ("Convoy", ["Phase", "Progress", "Age"]),
        ("Refinery", ["Rig", "Phase", "Queue", "Current", "Age"]),
        ("Witness", ["Rig", "Phase", "Running", "Stuck", "Age"]),
        ("BeadStore", ["Rig", "Prefix", "Phase", "Issues", "Age"]),
    ],
)
def test_kubectl_get_prints_the_same_columns(kind, columns):
    """Scripts that cut columns out of `kubectl get` go on working; ours show with `-o wide`."""
    printed = crds.KINDS[kind].definition.columns

    assert [column.name for column in printed if column.priority == 0] == columns


@pytest.mark.parametrize(
    ("kind", "spec", "sentence"),
    [
        (
            "Rig",
            {"gitURL": "git@example.com:o/r.git", "beadsPrefix": "ap", "localPath": "/workspaces/r"},
            "spec.localPath has no effect: the rig is cloned from spec.gitURL",
        ),
    ],
    ids=["Rig"],
)
def test_a_field_without_effect_is_reported(kind, spec, sentence):
    """It is accepted, so that the manifest applies, and nobody is left to think that it works."""
    resource = crds.load(
        {"apiVersion": crds.API_VERSION, "kind": kind, "metadata": {"name": "x"}, "spec": spec}
    )

    assert crds.retired_fields(resource.spec) == (sentence,)


def test_a_task_of_the_readme_is_the_task_description():
    """Their README writes `task.description`, their schema `taskDescription`; the work is the same."""
    readme = crds.PolecatSpec(rig="athena", task=crds.Task(description="Implement feature X"))
    schema = crds.PolecatSpec(rig="athena", task_description="Implement feature X")

    assert readme.instructions == schema.instructions == "Implement feature X"


def _schema(kind):
    return definition(crds.KINDS[kind])["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def _told(kind):
    return {path: {"type": told} if isinstance(told, str) else told for path, told in FIELDS[kind].items()}


def _flat(node, path):
    kind = "int-or-string" if node.get("x-kubernetes-int-or-string") else node["type"]
    yield path, node | {"type": kind}
    for name, below in node.get("properties", {}).items():
        yield from _flat(below, f"{path}.{name}".removeprefix("."))
    if "items" in node:
        yield from _flat(node["items"], f"{path}[]")
    if "additionalProperties" in node:
        yield from _flat(node["additionalProperties"], f"{path}.*")


def _as_wide(ours, theirs):
    return (
        ours["type"] == theirs["type"]
        and ("enum" not in ours or set(theirs.get("enum", ours["enum"])) <= set(ours["enum"]))
        and ("default" not in theirs or ours.get("default", EMPTY.get(ours["type"])) == theirs["default"])
        and ours.get("minimum", 0) <= theirs.get("minimum", ours.get("minimum", 0))
        and ours.get("maximum", 0) >= theirs.get("maximum", 0)
        and ours.get("minItems", 0) <= theirs.get("minItems", 0)
    )
