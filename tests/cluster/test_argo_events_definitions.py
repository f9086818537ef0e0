"""The examples for Argo Events are what its own definitions allow: its CRDs hold nothing below `spec`, so its JSON schema is asked.

The schema is a file of the module, at the version and checksum of go/argo-events.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness.build import module_folder
from harness.families import FAMILIES
from harness.skipping import or_skip

EXAMPLES = Path(__file__).parents[2] / "examples" / "argo-events"
MODULE = "github.com/argoproj/argo-events"
KINDS = ("EventBus", "EventSource", "Sensor")
JSON: Mapping[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


@pytest.fixture(scope="module")
def definitions() -> Mapping[str, Any]:
    """The definitions of Argo Events' schema."""
    with or_skip(MODULE):
        folder = module_folder(FAMILIES["argo-events"])
    schema = json.loads((folder / "api/jsonschema/schema.json").read_text(encoding="utf-8"))
    found: Mapping[str, Any] = schema["definitions"]
    return found


def objects() -> Iterator[Any]:
    """Each object of Argo Events that the examples hold."""
    for file in sorted(EXAMPLES.glob("*.yaml")):
        for each in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            if each["kind"] in KINDS:
                yield pytest.param(each, id=f"{file.stem} {each['kind']}")


@pytest.mark.parametrize("manifest", list(objects()))
def test_argo_events_knows_every_field(definitions: Mapping[str, Any], manifest: Mapping[str, Any]) -> None:
    """Names, types and what must be there; a field that it does not know would be dropped in silence."""
    schema = definitions[f"io.argoproj.events.v1alpha1.{manifest['kind']}"]
    assert [] == list(wrong(manifest, schema, definitions, where=manifest["kind"]))


def test_a_field_that_is_not_there_is_found(definitions: Mapping[str, Any]) -> None:
    """Or the test above would say nothing."""
    schema = definitions["io.argoproj.events.v1alpha1.Sensor"]
    manifest = {"metadata": {"name": 7}, "spec": {"dependencies": [{"name": "x", "source": "y"}]}}
    assert [
        "Sensor.metadata.name: no string",
        "Sensor.spec.triggers: missing",
        "Sensor.spec.dependencies[0].eventSourceName: missing",
        "Sensor.spec.dependencies[0].eventName: missing",
        "Sensor.spec.dependencies[0].source: unknown",
    ] == list(wrong(manifest, schema, definitions, where="Sensor"))


def wrong(value: Any, schema: Mapping[str, Any], known: Mapping[str, Any], *, where: str) -> Iterator[str]:
    """What of a value its schema does not allow. An object without any properties may hold everything."""
    while "$ref" in schema:
        schema = known[schema["$ref"].removeprefix("#/definitions/")]
    told = schema.get("type", "object")
    kinds = told if isinstance(told, list) else [told]
    if not any(isinstance(value, JSON[each]) for each in kinds):
        yield f"{where}: no {' or '.join(kinds)}"
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from wrong(each, schema["items"], known, where=f"{where}[{place}]")
    elif isinstance(value, dict):
        yield from (f"{where}.{each}: missing" for each in schema.get("required", ()) if each not in value)
        fields, rest = (
            schema.get("properties", {}),
            schema.get("additionalProperties", not schema.get("properties")),
        )
        for name, each in value.items():
            if name in fields or isinstance(rest, dict):
                yield from wrong(each, fields.get(name, rest), known, where=f"{where}.{name}")
            elif not rest:
                yield f"{where}.{name}: unknown"
