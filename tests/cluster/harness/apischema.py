"""What a manifest would be refused for by an apiserver, as the types of its own client library say; no cluster is asked."""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from kubernetes import client

_UNKNOWN = frozenset(("monitoring.coreos.com", "gateway.networking.k8s.io"))
"""Groups that the library has no types of: of their objects only the metadata are looked at."""

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.:]*[a-z0-9])?")
_LABEL = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_LONGEST = {"Service": 63, "Namespace": 63}
_PLAIN: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "bool": bool,
    "float": (int, float),
    "object": object,
    "datetime": str,
}


class _Strict(yaml.SafeLoader):
    """Two values under one key are an error: which one counts would be luck."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - as PyYAML calls it
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := {str(key) for key in keys if keys.count(key) > 1}:
            raise yaml.YAMLError(f"twice: {', '.join(sorted(twice))}{node.start_mark}")
        return super().construct_mapping(node, deep=deep)


def documents(text: str) -> list[dict[str, Any]]:
    """The objects of a text. Raises YAMLError, also where a key stands twice."""
    return [each for each in yaml.load_all(text, _Strict) if each]


def faults(manifest: dict[str, Any]) -> list[str]:
    """What is wrong with one object, each fault with its path."""
    kind = str(manifest["kind"])
    told = list(_metadata(manifest["metadata"], kind))
    group, _, version = str(manifest["apiVersion"]).rpartition("/")
    if group in _UNKNOWN:
        return told
    return told + list(_value(manifest, version.capitalize() + kind, kind))


def _metadata(metadata: dict[str, Any], kind: str) -> Iterator[str]:
    for field in ("name", "namespace"):
        name = metadata.get(field, "x")
        longest = 63 if field == "namespace" else _LONGEST.get(kind, 253)
        if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > longest:
            yield f"{kind}.metadata.{field}: {name!r} is no name"
    for key, value in (metadata.get("labels") or {}).items():
        if not isinstance(value, str) or not _LABEL.fullmatch(value) or len(value) > 63:
            yield f"{kind}.metadata.labels.{key}: {value!r} is no label"
    for key, value in (metadata.get("annotations") or {}).items():
        if not isinstance(value, str):
            yield f"{kind}.metadata.annotations.{key}: {value!r} is no text"


def _value(value: Any, of: str, path: str) -> Iterator[str]:
    if value is None:
        yield f"{path}: null"
    elif of in _PLAIN:
        right = isinstance(value, _PLAIN[of]) and not (of in ("int", "float") and isinstance(value, bool))
        if not right:
            yield f"{path}: {value!r} is no {of}"
    elif of.startswith("List["):
        if not isinstance(value, list):
            yield f"{path}: {value!r} is no list"
            return
        for number, each in enumerate(value):
            yield from _value(each, of[5:-1], f"{path}[{number}]")
    elif of.startswith("Dict["):
        # A quantity may be a number.
        inner = (
            "object" if path.endswith(("requests", "limits")) else re.split(r", *", of[5:-1], maxsplit=1)[1]
        )
        for key, each in value.items():
            yield from _value(each, inner, f"{path}.{key}")
    else:
        yield from _fields(value, of, path)


def _fields(value: Any, of: str, path: str) -> Iterator[str]:
    model = getattr(client, of)
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no {of}"
        return
    known = {wire: model.openapi_types[name] for name, wire in model.attribute_map.items()}
    for key, each in value.items():
        if key in known:
            yield from _value(each, known[key], f"{path}.{key}")
        else:
            yield f"{path}.{key} is not known"
