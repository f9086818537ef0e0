import pytest
import yaml
from click.testing import CliRunner

import crds
from crds.render import MANIFESTS, definition, main


def test_the_manifests_are_what_the_models_say():
    """A change of a model that does not reach the CRDs lets the cluster and the command line disagree."""
    result = CliRunner().invoke(main, ["--check"])

    assert (result.output, result.exit_code) == ("", 0)


def test_writing_twice_changes_nothing(tmp_path):
    """The generator names what it wrote, and a second run writes nothing."""
    first = CliRunner().invoke(main, ["--directory", str(tmp_path)])
    second = CliRunner().invoke(main, ["--directory", str(tmp_path)])

    assert first.output.splitlines() == [str(tmp_path / path.name) for path in sorted(MANIFESTS.iterdir())]
    assert (second.output, second.exit_code) == ("", 0)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        pytest.param("convoys.yaml", lambda path: path.write_text("kind: edited"), id="edited"),
        pytest.param("rigs.yaml", lambda path: path.unlink(), id="missing"),
        pytest.param("mayors.yaml", lambda path: path.write_text("kind: left over"), id="left over"),
    ],
)
def test_a_stale_file_is_named_and_put_right(tmp_path, name, damage):
    """`--check` writes nothing and names the file; the generator itself brings the folder up to date."""
    CliRunner().invoke(main, ["--directory", str(tmp_path)])
    damage(tmp_path / name)

    check = CliRunner().invoke(main, ["--check", "--directory", str(tmp_path)])
    CliRunner().invoke(main, ["--directory", str(tmp_path)])
    again = CliRunner().invoke(main, ["--check", "--directory", str(tmp_path)])

    assert check.output == f"{tmp_path / name} is not what the models say; run gastown-crds\n"
    assert (check.exit_code, again.exit_code) == (1, 0)


@pytest.mark.parametrize("kind", crds.KINDS.values(), ids=crds.KINDS)
def test_yaml_reads_back_what_was_meant(kind):
    """Enumerations such as yes and no stay text, and no anchors are needed to read the file."""
    text = (MANIFESTS / f"{kind.definition.plural}.yaml").read_text(encoding="utf-8")

    assert yaml.safe_load(text) == definition(kind)
    assert "&id" not in text


@pytest.mark.parametrize("kind", crds.KINDS.values(), ids=crds.KINDS)
def test_every_field_says_what_it_does(kind):
    """`kubectl explain` answers for each field, in a sentence."""
    schema = definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    silent = [path for part in ("spec", "status") for path in _silent(schema["properties"][part], part)]

    assert silent == []


def _silent(node, path):
    for name, below in node.get("properties", {}).items():
        if not below.get("description", "").endswith((".", "!")):
            yield f"{path}.{name}"
        yield from _silent(below, f"{path}.{name}")
    if "items" in node:
        yield from _silent(node["items"], f"{path}[]")


def test_short_names_stay_clear_of_kubernetes():
    """`pc` is PriorityClass, `wf` is Workflow: a short name that is taken answers with somebody else's
    objects.
    """
    taken = {
        "pc",
        "po",
        "cm",
        "cs",
        "ev",
        "no",
        "ns",
        "pv",
        "rc",
        "rs",
        "sa",
        "wf",
        "cwf",
        "wftmpl",
        "wfeb",
        "es",
        "sn",
    }
    ours = [name for kind in crds.KINDS.values() for name in kind.definition.short_names]

    assert taken.isdisjoint(ours)
    assert len(ours) == len(set(ours))
