"""Paths of an object's fields as `managedFields` writes them: what is there, what differs, taking out, and laying over.

A path's parts are `f:name` for a field, `k:{"type":"Ready"}` for an item of a list that is kept by key, `v:"x"` for a value of a set.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from inmemory import schemas
from inmemory.schemas import Schema

Path = tuple[str, ...]
Paths = frozenset[Path]


def leaves(value: Any, schema: Schema, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every field that is owned by itself, with its value. An item that is kept by key is there itself, beside its fields."""
    if isinstance(value, dict) and value and schemas.granular(schema):
        for name, each in value.items():
            yield from leaves(each, schemas.child(schema, name), (*path, f"f:{name}"))
    elif isinstance(value, list) and (keys := schemas.keys(schema)):
        inner = schemas.items(schema)
        for each in value:
            here = (*path, _key(each, keys))
            if schemas.granular(inner):
                yield here, None
            yield from leaves(each, inner, here)
    elif isinstance(value, list) and schemas.is_set(schema):
        yield from (((*path, f"v:{_short(each)}"), each) for each in value)
    else:
        yield path, value


def laid_over(live: Any, applied: Any, schema: Schema) -> Any:
    """What is there with what is applied on top; what the applied one does not speak of stays."""
    if isinstance(live, dict) and isinstance(applied, dict) and schemas.granular(schema):
        return live | {
            name: laid_over(live.get(name), each, schemas.child(schema, name))
            for name, each in applied.items()
        }
    if isinstance(live, list) and isinstance(applied, list):
        if keys := schemas.keys(schema):
            return _joined(live, applied, keys, schemas.items(schema))
        if schemas.is_set(schema):
            return [*live, *(each for each in applied if each not in live)]
    return applied


def _joined(live: list[Any], applied: list[Any], keys: tuple[str, ...], inner: Schema) -> list[Any]:
    """Both lists in the order of what is applied; what only lives stands before what it stood before."""
    known = {_key(each, keys): each for each in live}
    wanted = {_key(each, keys): laid_over(known.get(_key(each, keys)), each, inner) for each in applied}
    found: dict[str, Any] = {}
    for key, each in wanted.items():
        if key in known:
            earlier = list(known)[: list(known).index(key)]
            found |= {name: known[name] for name in earlier if name not in wanted}
        found[key] = each
    return list((found | {name: each for name, each in known.items() if name not in wanted}).values())


def taken_out(value: Any, gone: Paths, schema: Schema, path: Path = ()) -> Any:
    """The value without these paths, and without objects and lists that are empty for it; None where nothing is left."""
    if path in gone and not isinstance(value, dict):
        return None
    if isinstance(value, dict) and schemas.granular(schema):
        kept = {
            name: taken_out(each, gone, schemas.child(schema, name), (*path, f"f:{name}"))
            for name, each in value.items()
        }
        found = {name: each for name, each in kept.items() if each is not None or value[name] is None}
        return None if path in gone or (value and not found) else found
    if isinstance(value, list) and (keys := schemas.keys(schema)):
        inner = schemas.items(schema)
        items = [taken_out(each, gone, inner, (*path, _key(each, keys))) for each in value]
        return [each for each in items if each is not None] or None
    if isinstance(value, list) and schemas.is_set(schema):
        return [each for each in value if (*path, f"v:{_short(each)}") not in gone] or None
    return None if path in gone else value


def written(paths: Iterable[Path]) -> dict[str, Any]:
    """Paths as `fieldsV1`."""
    found: dict[str, Any] = {}
    for path in sorted(paths):
        here = found
        for part in path:
            here = here.setdefault(part, {})
        if path[-1].startswith("k:"):
            here["."] = {}
    return found


def read(fields: Mapping[str, Any], path: Path = ()) -> Iterator[Path]:
    """The paths of `fieldsV1`."""
    for part, below in fields.items():
        if part == ".":
            yield path
        elif below:
            yield from read(below, (*path, part))
        else:
            yield (*path, part)


def _key(item: Mapping[str, Any], keys: Iterable[str]) -> str:
    return f"k:{_short({name: item.get(name) for name in keys})}"


def _short(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)
