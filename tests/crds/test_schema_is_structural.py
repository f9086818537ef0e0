"""The API server's rules for a CRD's schema, checked without an API server.

Each rule was seen at work: the API server's own validation code (apiextensions-apiserver 0.37.2) was fed each
fault alone.
"""

import copy
import re

import pytest

import crds
from crds.render import definition
from crds.schema import structural_schema
from crds.wire import Wire

KEYWORDS = {
    *("description", "type", "format", "enum", "pattern", "default", "required", "nullable"),
    *("minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("minItems", "maxItems", "maxProperties", "items", "properties", "additionalProperties", "anyOf"),
    *("x-kubernetes-int-or-string", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"),
    *("x-kubernetes-validations", "x-kubernetes-preserve-unknown-fields"),
}
PYTHON = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
BOUNDS = {"string": "maxLength", "array": "maxItems"}


def _faults(node, path):
    """Every rule that the node or anything below it breaks, as `path: fault`."""
    found = [
        *_form(node),
        *_value(node),
        *_list(node),
        *(fault for rule in node.get("x-kubernetes-validations", ()) for fault in _rule(node, rule)),
    ]
    yield from (f"{path}: {fault}" for fault in found)
    for name, below in node.get("properties", {}).items():
        yield from _faults(below, f"{path}.{name}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(node.get(keyword), dict):
            yield from _faults(node[keyword], f"{path}.{keyword}")


def _form(node):
    yield from (f"unknown keyword {keyword}" for keyword in node.keys() - KEYWORDS)
    if not node.get("x-kubernetes-int-or-string") and node.get("type") not in list(PYTHON):
        yield f"type is {node.get('type')}"
    if "properties" in node and "additionalProperties" in node:
        yield "properties beside additionalProperties"
    if isinstance(node.get("additionalProperties"), bool):
        yield "additionalProperties is no schema"
    if "anyOf" in node and not node.get("x-kubernetes-int-or-string"):
        yield "anyOf outside of int-or-string"
    yield from (f"requires {name}, which is no property" for name in _missing(node))


def _missing(node):
    return [name for name in node.get("required", ()) if name not in node.get("properties", {})]


def _value(node):
    if "default" in node and not isinstance(node["default"], PYTHON.get(str(node.get("type")), object)):
        yield f"default {node['default']!r} is no {node.get('type')}"
    if "enum" in node and node.get("default", node["enum"][0]) not in node["enum"]:
        yield f"default {node['default']!r} is not in the enum"
    for keyword in ("exclusiveMinimum", "exclusiveMaximum"):
        if not isinstance(node.get(keyword, False), bool):
            yield f"{keyword} is no boolean"
    if re.search(r"\(\?[=!<]|\\[1-9]", node.get("pattern", "")):
        yield "pattern is not RE2"


def _list(node):
    if node.get("type") == "array" and "items" not in node:
        yield "array without items"
    if node.get("x-kubernetes-list-type") != "map":
        return
    entry = node.get("items", {})
    for key in node["x-kubernetes-list-map-keys"]:
        if key not in entry.get("required", ()) and "default" not in entry.get("properties", {}).get(key, {}):
            yield f"list key {key} is optional"


def _rule(node, rule):
    if "\n" in rule["message"] or len(rule["message"]) > 2048:
        yield "message is not one line"
    places = re.findall(r"\b(?:self|oldSelf)((?:\.\w+)+)(?![\w(])", rule["rule"])
    for place in {*places, rule.get("fieldPath", "")} - {""}:
        field = _at(node, place)
        if field is None:
            yield f"the rule speaks of {place}, which does not exist"
        elif (bound := BOUNDS.get(str(field.get("type")))) and bound not in field and "enum" not in field:
            yield f"the rule touches {place}, which has no {bound}"


def _at(node, place):
    for name in place.strip(".").split("."):
        node = (node or {}).get("properties", {}).get(name)
    return node


@pytest.mark.parametrize("kind", crds.KINDS.values(), ids=crds.KINDS)
def test_no_rule_of_the_api_server_is_broken(kind):
    """A CRD that breaks one is refused as a whole, and nothing of ours can be applied."""
    assert list(_faults(structural_schema(kind), "")) == []


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, ": anyOf outside of int-or-string"),
        ({"type": ["string", "null"]}, ": type is ['string', 'null']"),
        ({"additionalProperties": {"type": "string"}}, ": properties beside additionalProperties"),
        ({"additionalProperties": False}, ": additionalProperties is no schema"),
        ({"exclusiveMinimum": 0}, ": exclusiveMinimum is no boolean"),
        ({"uniqueItems": True}, ": unknown keyword uniqueItems"),
        ({"$ref": "#/$defs/X"}, ": unknown keyword $ref"),
        ({"const": "x"}, ": unknown keyword const"),
        ({"pattern": "^(?!x)"}, ": pattern is not RE2"),
        ({"default": 3}, ": default 3 is no object"),
        ({"required": ["nothing"]}, ": requires nothing, which is no property"),
        ({"properties": {"a": {"type": "array"}}}, ".a: array without items"),
        (
            {
                "properties": {
                    "a": {
                        "type": "array",
                        "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["id"],
                        "items": {"type": "object", "properties": {"id": {"type": "string"}}},
                    }
                }
            },
            ".a: list key id is optional",
        ),
        (
            {"x-kubernetes-validations": [{"rule": "has(self.nothing)", "message": "m"}]},
            ": the rule speaks of .nothing, which does not exist",
        ),
        (
            {"x-kubernetes-validations": [{"rule": "self.kind == 'x'", "message": "m"}]},
            ": the rule touches .kind, which has no maxLength",
        ),
    ],
    ids=[
        *("null type", "list of types", "map beside fields", "closed object", "exclusive bound as a number"),
        *("unique items", "reference", "constant", "look-ahead", "default of another type"),
        *(
            "required but absent",
            "list without items",
            "optional list key",
            "CEL of no field",
            "unbounded CEL",
        ),
    ],
)
def test_the_check_finds_each_fault(damage, fault):
    """The check above is worth something only if it can fail."""
    assert fault in list(_faults(copy.deepcopy(structural_schema(crds.Witness)) | damage, ""))


@pytest.mark.parametrize("kind", crds.KINDS.values(), ids=crds.KINDS)
def test_a_printed_column_shows_a_field_that_exists(kind):
    """A wrong path is an empty column, and nobody is told."""
    schema = structural_schema(kind)
    dates = {"date": ("string", "date-time")}
    for column in kind.definition.columns:
        if not column.path.startswith(".metadata."):
            field = _at(schema, column.path)

            assert field is not None, column
            assert dates.get(column.type, (column.type, None))[0] == field["type"], column


@pytest.mark.parametrize("kind", crds.KINDS.values(), ids=crds.KINDS)
def test_defaults_of_the_schema_are_those_of_the_model(kind):
    """One machine and a cluster must read the same values out of the same manifest."""
    assert list(_strangers(structural_schema(kind), kind)) == []


def _strangers(node, model):
    for field in model.model_fields.values():
        below = node["properties"][field.alias]
        if "default" in below and below["default"] != field.default:
            yield f"{model.__name__}.{field.alias}: {below['default']!r} is not {field.default!r}"
        if (
            isinstance(field.annotation, type)
            and issubclass(field.annotation, Wire)
            and "properties" in below
        ):
            yield from _strangers(below, field.annotation)


@pytest.mark.parametrize("kind", crds.KINDS.values(), ids=crds.KINDS)
def test_the_status_is_its_own_subresource(kind):
    """Whoever may write a spec must not be able to say that the work is done."""
    (version,) = definition(kind)["spec"]["versions"]

    assert version["subresources"] == {"status": {}}
    assert version["schema"]["openAPIV3Schema"]["properties"]["metadata"] == {"type": "object"}


class _Tree(Wire):
    """A model that contains itself."""

    branches: tuple["_Tree", ...] = ()
    """More of the same."""


class _Forest(crds.Resource):
    """A kind that can't be served."""

    definition = crds.Definition(plural="forests", columns=())
    kind: str = "Forest"
    spec: _Tree
    status: _Tree


def test_a_model_that_contains_itself_is_refused_at_generation():
    """A structural schema has no references; the message says which model to cut."""
    with pytest.raises(ValueError, match="_Tree contains itself"):
        structural_schema(_Forest)
