"""The generated parts of the chart are what the code says, and what people may set is explained and typed."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from adapter.chart.__main__ import main
from adapter.chart.render import rendered, values
from crds.render import rendered as definitions

ROOT = Path(__file__).parents[2]


def test_the_checkout_is_current() -> None:
    """`make fmt` writes it anew."""
    result = CliRunner().invoke(main, ["--check"])
    assert ("", 0) == (result.output, result.exit_code)


@pytest.mark.parametrize("damage", ["edited", "missing", "left over"])
def test_a_stale_file_is_named_and_put_right(damage: str, tmp_path: Path) -> None:
    """`--check` writes nothing; without it the folder is brought up to date, strangers among the definitions removed."""
    CliRunner().invoke(main, ["--directory", str(tmp_path)])
    files = {"edited": "values.yaml", "missing": "values.schema.json", "left over": "files/crds/mayors.yaml"}
    path = tmp_path / "helm" / files[damage]
    path.unlink() if damage == "missing" else path.write_text("replicaCount: 9", encoding="utf-8")

    check = CliRunner().invoke(main, ["--check", "--directory", str(tmp_path)])
    CliRunner().invoke(main, ["--directory", str(tmp_path)])
    again = CliRunner().invoke(main, ["--check", "--directory", str(tmp_path)])

    assert f"{path} is not what the code says; run `python -m adapter.chart`\n" == check.output
    assert (1, 0) == (check.exit_code, again.exit_code)


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """Every generated file of the chart."""
    return rendered()


@pytest.mark.parametrize("value", list(values()), ids=lambda value: ".".join(value.path))
def test_every_value_is_explained(value, files: dict[str, str]) -> None:
    """In a sentence, in the file that people copy, in the schema and on the page."""
    assert value.sentence.endswith(".")
    assert value.sentence in json.dumps(json.loads(files["helm/values.schema.json"]), ensure_ascii=False)
    assert f"| `{'.'.join(value.path)}` |" in files["docs/chart.md"]


def test_the_values_are_the_defaults_of_the_schema() -> None:
    """What is written in values.yaml is what the model says, read back."""
    found = yaml.safe_load((ROOT / "helm" / "values.yaml").read_text(encoding="utf-8"))
    for value in values():
        here = found
        for key in value.path:
            here = here[key]
        assert value.default == here


def test_the_chart_has_the_definitions() -> None:
    """The same files as in the package, byte for byte."""
    folder = ROOT / "helm" / "files" / "crds"
    assert definitions() == {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_the_chart_has_the_version_of_the_package() -> None:
    """Image tags come from `appVersion`."""
    chart = yaml.safe_load((ROOT / "helm" / "Chart.yaml").read_text(encoding="utf-8"))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert chart["version"] == chart["appVersion"]
    assert f'version = "{chart["appVersion"]}"' in project
