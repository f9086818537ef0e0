"""What a definition's schema says: defaults, refusals, and which lists are kept by key. Rules of CEL are not evaluated."""

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

ANY: Schema = {"x-kubernetes-preserve-unknown-fields": True}
"""Allows everything; nothing below it is looked at, and there is a lot below it in a Workflow."""

METADATA: Schema = {
    "properties": {
        "finalizers": {"x-kubernetes-list-type": "set"},
        "ownerReferences": {
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["uid"],
            "items": {"x-kubernetes-map-type": "atomic", **ANY},
        },
    },
    **ANY,
}

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


def child(schema: Schema, name: str) -> Schema:
    """The schema of a field."""
    found = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
    return found if isinstance(found, dict) else ANY


def items(schema: Schema) -> Schema:
    """The schema of a list's items."""
    found = schema.get("items", ANY)
    return found if isinstance(found, dict) else ANY


def keys(schema: Schema) -> tuple[str, ...]:
    """The fields that items of a list are known by; none for lists that are not kept by key."""
    return tuple(schema.get("x-kubernetes-list-map-keys", ()))


def is_set(schema: Schema) -> bool:
    """True for a list of single values that are each owned."""
    return bool(schema.get("x-kubernetes-list-type") == "set")


def granular(schema: Schema) -> bool:
    """True for an object whose fields are each owned."""
    return schema.get("x-kubernetes-map-type") != "atomic"


def defaulted(value: Any, schema: Schema) -> Any:
    """The value with the definition's defaults."""
    if schema is ANY:
        return value
    if isinstance(value, dict):
        missing = {
            name: each["default"]
            for name, each in schema.get("properties", {}).items()
            if "default" in each and name not in value
        }
        return {name: defaulted(each, child(schema, name)) for name, each in {**value, **missing}.items()}
    if isinstance(value, list):
        return [defaulted(each, items(schema)) for each in value]
    return value


def unknown(value: Any, schema: Schema, path: str = "") -> Iterator[str]:
    """Fields that the definition does not have."""
    if schema is ANY:
        return
    if isinstance(value, dict):
        closed = (
            not schema.get("x-kubernetes-preserve-unknown-fields") and "additionalProperties" not in schema
        )
        for name, each in value.items():
            where = f"{path}.{name}" if path else name
            if closed and name not in schema.get("properties", {}):
                yield f'unknown field "{where}"'
            else:
                yield from unknown(each, child(schema, name), where)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from unknown(each, items(schema), f"{path}[{number}]")


def problems(value: Any, schema: Schema, path: str = "") -> Iterator[str]:
    """What the definition does not allow, each with its field."""
    if schema is ANY:
        return
    wanted = schema.get("type")
    if wanted and (
        not isinstance(value, _TYPES[wanted]) or (isinstance(value, bool) and wanted != "boolean")
    ):
        yield f"{path}: Invalid value: {value!r}: must be of type {wanted}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: Unsupported value: {value!r}"
    if isinstance(value, str):
        yield from _text(value, schema, path)
    elif isinstance(value, int | float):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            yield f"{path}: Invalid value: {value!r}: out of range"
    elif isinstance(value, list):
        yield from _size(len(value), schema, path, "Items")
        for number, each in enumerate(value):
            yield from problems(each, items(schema), f"{path}[{number}]")
    elif isinstance(value, dict):
        yield from _object(value, schema, path)


def _object(value: Mapping[str, Any], schema: Schema, path: str) -> Iterator[str]:
    yield from _size(len(value), schema, path, "Properties")
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path}.{name}: Required value".lstrip(".")
    for name, each in value.items():
        yield from problems(each, child(schema, name), f"{path}.{name}".lstrip("."))


def _text(value: str, schema: Schema, path: str) -> Iterator[str]:
    yield from _size(len(value), schema, path, "Length")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{path}: Invalid value: {value!r}: should match {schema['pattern']}"
    if schema.get("format") == "date-time":
        try:
            datetime.datetime.fromisoformat(value)
        except ValueError:
            yield f"{path}: Invalid value: {value!r}: must be of type date-time"


def _size(size: int, schema: Schema, path: str, of: str) -> Iterator[str]:
    if size > schema.get(f"max{of}", size):
        yield f"{path}: Too long: may not be more than {schema[f'max{of}']}"
    if size < schema.get(f"min{of}", size):
        yield f"{path}: Invalid value: should be at least {schema[f'min{of}']}"
