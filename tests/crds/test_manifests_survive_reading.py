import datetime as dt
from pathlib import Path

import pytest
import yaml

import crds

WHOLE = yaml.safe_load(Path(__file__).with_name("whole_manifests.yaml").read_text(encoding="utf-8"))
NAMED = [
    pytest.param(manifest, id=f"{manifest['kind']} {manifest['metadata']['name']}") for manifest in WHOLE
]


@pytest.mark.parametrize("manifest", NAMED)
def test_a_whole_object_writes_back_as_it_is(manifest):
    """Nothing is lost, renamed or added on the way through a model."""
    assert crds.load(manifest).manifest() == manifest


@pytest.mark.parametrize("kind", crds.KINDS)
@pytest.mark.parametrize("part", ["spec", "status"])
def test_the_whole_objects_are_whole(kind, part):
    """A new field must join the samples, or the test above would not look at it."""
    given = {name for manifest in WHOLE if manifest["kind"] == kind for name in manifest.get(part, {})}
    fields = crds.KINDS[kind].model_fields[part].annotation.model_fields.values()

    assert given == {field.alias for field in fields}


def test_defaults_are_read_and_not_written():
    """A reader sees every value; a file shows what its author wrote."""
    manifest = {
        "apiVersion": crds.API_VERSION,
        "kind": "Rig",
        "metadata": {"name": "athena"},
        "spec": {"gitURL": "git@example.com:o/r.git", "beadsPrefix": "at"},
    }
    rig = crds.load(manifest)

    assert rig.manifest() == manifest
    assert (rig.spec.base_branch, rig.spec.settings.max_polecats) == ("main", 8)
    assert (rig.spec.clone.depth, rig.status.phase) == (50, "Initializing")


def test_an_object_made_in_python_is_a_manifest():
    """Controllers and the command line build objects with types and get the wire's names."""
    convoy = crds.Convoy(
        metadata=crds.Metadata(name="wave-1", labels={"team": "core"}),
        spec=crds.ConvoySpec(
            description="Wave 1",
            rig_ref="athena",
            beads=(crds.InlineBead(id="at-2", title="Second", depends_on=("at-1",)),),
            budget=crds.Budget(total_usd=25),
        ),
    )

    assert convoy.manifest() == {
        "apiVersion": "gastown.gastown.io/v1alpha1",
        "kind": "Convoy",
        "metadata": {"name": "wave-1", "labels": {"team": "core"}},
        "spec": {
            "description": "Wave 1",
            "rigRef": "athena",
            "beads": [{"id": "at-2", "title": "Second", "dependsOn": ["at-1"]}],
            "budget": {"totalUSD": 25.0},
        },
    }


def test_times_that_yaml_has_already_read_are_times():
    """A YAML reader turns an unquoted timestamp into a datetime; the API server would have seen the text."""
    polecat = crds.load(
        {
            "apiVersion": crds.API_VERSION,
            "kind": "Polecat",
            "metadata": {"name": "nux", "creationTimestamp": dt.datetime(2026, 1, 21, 10, tzinfo=dt.UTC)},
            "spec": {"rig": "athena"},
        }
    )

    assert polecat.manifest()["metadata"]["creationTimestamp"] == "2026-01-21T10:00:00Z"


def test_metadata_and_status_of_a_newer_writer_are_passed_over():
    """The API server adds to metadata, a newer controller to status; neither may stop an older reader."""
    witness = crds.load(
        {
            "apiVersion": crds.API_VERSION,
            "kind": "Witness",
            "metadata": {"name": "w", "managedFields": [{"manager": "kubectl"}]},
            "spec": {"rigRef": "athena"},
            "status": {"phase": "Active", "moodOfTheRig": "fine"},
        }
    )

    assert witness.status.phase == "Active"


def test_a_refinery_has_the_same_gates_either_way():
    """`testCommand` is the short form; whoever runs gates looks in one place."""
    short = crds.RefinerySpec(rig_ref="athena", test_command="make test")
    long = crds.RefinerySpec(rig_ref="athena", gates=(crds.Gate(name="test", command="make test"),))

    assert short.own_gates == long.own_gates
