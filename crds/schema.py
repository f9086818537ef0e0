"""From a model to the structural schema that the API server accepts.

JSON Schema as pydantic writes it is refused at once: references, null types, `additionalProperties: false`
beside `properties`. Each override here removes one such form, and whatever keyword is not known to be
accepted is an error at generation, not at `kubectl apply`.
"""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from crds.descriptions import descriptions
from crds.meta import Resource
from crds.rules import Change, Rule
from crds.wire import Observed, Wire

Schema = dict[str, Any]

_ACCEPTED = (
    "description",
    "type",
    "format",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "maxProperties",
    "default",
    "anyOf",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-validations",
    "required",
    "items",
    "additionalProperties",
    "properties",
)
"""What may stand in the schema, in the order that it is written. The API server decodes strictly."""


def structural_schema(kind: type[Resource]) -> Schema:
    """The `openAPIV3Schema` of a kind. Raises ValueError, naming the keyword, when a model can't be
    expressed.
    """
    raw = kind.model_json_schema(schema_generator=StructuralSchema)
    ours = {name: raw["properties"][name] for name in ("spec", "status")}
    root = _inlined(raw | {"properties": ours, "required": ["spec"]}, raw.get("$defs", {}), ())
    # The API server owns these three and takes no constraint on them.
    envelope = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
    root["properties"] = envelope | root["properties"]
    return root


class StructuralSchema(GenerateJsonSchema):
    """pydantic's generator without the forms that a structural schema has no room for."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """An absent field is how Kubernetes says none; null has no meaning of its own."""
        return self.generate_inner(schema["schema"])

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        """Without the format some clients read integers as floats."""
        return super().int_schema(schema) | {"format": "int64"}

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Adds a model's sentences and rules, and takes out what the API server does in another way."""
        json = super().model_schema(schema)
        model: type[Wire] = schema["cls"]
        # Refused beside `properties`; unknown fields are caught by pruning and strict field validation.
        json.pop("additionalProperties", None)
        sentences = descriptions(model)
        for name, field in model.model_fields.items():
            place = json["properties"][field.alias]
            if name in sentences:
                place["description"] = sentences[name]
            if not _writes_default(model, name):
                place.pop("default", None)
        if model.rules:
            json["x-kubernetes-validations"] = [_validation(rule) for rule in model.rules]
        return json


def _writes_default(model: type[Wire], name: str) -> bool:
    # A default in a status would come back as a field that its writer never applied; nobody would own it.
    if issubclass(model, Observed) and name != "phase":
        return False
    return model.model_fields[name].default not in (None, "", ())


def _validation(rule: Rule | Change) -> Schema:
    place = {"fieldPath": f".{rule.field}"} if rule.field else {}
    return {"rule": rule.cel, "message": rule.message} | place


def _inlined(node: Schema, models: dict[str, Schema], above: tuple[str, ...]) -> Schema:
    """The node with references replaced by what they point to and its keywords checked and in order."""
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        if name in above:
            raise ValueError(f"{name} contains itself; a structural schema has no recursion, cut it")
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return _inlined(models[name] | rest, models, (*above, name))
    unknown = set(node) - {*_ACCEPTED, "title", "$defs"}
    if unknown:
        raise ValueError(
            f"{node.get('title', 'a field')} uses {', '.join(sorted(unknown))}; no API server takes it"
        )
    found = {key: node[key] for key in _ACCEPTED if key in node}
    for key in ("items", "additionalProperties"):
        if key in found:
            found[key] = _inlined(found[key], models, above)
    if "properties" in found:
        found["properties"] = {
            key: _inlined(value, models, above) for key, value in found["properties"].items()
        }
    return found
