"""`bad_manifests.yaml` is also applied to a real API server, which must refuse the same manifests for the
same fields.
"""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import crds

BAD = yaml.safe_load(Path(__file__).with_name("bad_manifests.yaml").read_text(encoding="utf-8"))
KINDS = st.sampled_from(sorted(crds.KINDS))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SPECS = st.dictionaries(
    st.sampled_from(
        ["gitURL", "beads", "trackedBeads", "rig", "rigRef", "agentConfig", "resources", "gates"]
    ),
    JSON,
)


def _manifest(kind, spec, name="x"):
    return {"apiVersion": crds.API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}


@pytest.mark.parametrize("bad", [pytest.param(bad, id=bad["id"]) for bad in BAD])
def test_the_message_names_the_object_and_the_field(bad):
    """Who made the mistake finds the place without reading a schema."""
    with pytest.raises(crds.InvalidManifestError) as refusal:
        crds.load(_manifest(bad["kind"], bad["spec"], bad["id"]))

    assert [problem.path for problem in refusal.value.problems] == [bad["field"]]
    assert str(refusal.value).startswith(f"{bad['kind']} {bad['id']}: {bad['field']} ")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "spec", "message"),
    [
        pytest.param(
            "Convoy",
            {"description": "d", "trackedBeads": ["ap-1"], "paralelism": 1},
            "spec.paralelism is not a field (did you mean parallelism?)",
            id="misspelt",
        ),
        pytest.param(
            "Convoy",
            {"description": "d", "beads": [{"id": "ap-1", "titel": "t"}]},
            "spec.beads[0].title is required; spec.beads[0].titel is not a field (did you mean title?)",
            id="two problems",
        ),
        pytest.param(
            "Witness",
            {"rigRef": "athena", "stuckThreshold": "soon"},
            "spec.stuckThreshold must be a length of time such as 30s, 15m or 2h30m, not 'soon'",
            id="shape",
        ),
        pytest.param(
            "Refinery",
            {"rigRef": "athena", "parallelism": "2"},
            "spec.parallelism must be a valid integer, not '2'",
            id="type",
        ),
        pytest.param(
            "Refinery",
            {"rigRef": "athena", "style": "octopus"},
            "spec.style must be 'squash', 'merge' or 'rebase', not 'octopus'",
            id="choice",
        ),
        pytest.param(
            "Refinery",
            {"rigRef": "athena", "testCommand": "make", "gates": [{"name": "lint", "command": "make lint"}]},
            "spec.testCommand can't stand beside gates, whose short form it is; give one of them",
            id="rule",
        ),
    ],
)
def test_the_message_says_what_to_do(kind, spec, message):
    """One line in the words of the author, not of the schema."""
    with pytest.raises(crds.InvalidManifestError) as refusal:
        crds.load(_manifest(kind, spec))

    assert str(refusal.value) == f"{kind} x: {message}. Correct the manifest and apply it again"


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param({}, id="empty"),
        pytest.param(
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}, id="of another group"
        ),
        pytest.param({"apiVersion": "gastown.gastown.io/v1", "kind": "Rig"}, id="of another version"),
        pytest.param({"apiVersion": crds.API_VERSION, "kind": "Mayor"}, id="of no kind of ours"),
        pytest.param(
            {"apiVersion": crds.API_VERSION, "kind": ["Rig"], "metadata": 3}, id="of a kind that is a list"
        ),
    ],
)
def test_a_manifest_of_another_kind_is_told_apart(manifest):
    """A file may hold Secrets too; the caller passes those on instead of failing."""
    with pytest.raises(crds.UnknownKindError, match=r"the kinds of .* are Rig, Polecat, Convoy"):
        crds.load(manifest)


def test_what_yaml_can_say_and_json_can_not_is_refused():
    """YAML has keys that are dates; no API server ever sees one."""
    spec = yaml.safe_load("{rigRef: athena, 2026-01-21: x}")

    with pytest.raises(crds.InvalidManifestError, match=r"^Witness x: is no JSON: keys must be str"):
        crds.load(_manifest("Witness", spec))


@settings(deadline=None)
@given(kind=KINDS, spec=SPECS | JSON, metadata=JSON)
def test_nonsense_is_refused_in_one_line(kind, spec, metadata):
    """Whatever stands in a manifest, the answer is an error of ours: here it always is one, for `oops` is no
    field.
    """
    manifest = {"apiVersion": crds.API_VERSION, "kind": kind, "metadata": metadata, "spec": spec, "oops": 1}
    with pytest.raises(crds.InvalidManifestError) as refusal:
        crds.load(manifest)

    assert "oops" in [problem.path for problem in refusal.value.problems]
    assert "\n" not in str(refusal.value)
