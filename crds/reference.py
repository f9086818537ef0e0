"""The six kinds for people: `docs/crds.md`, made from the same models as the CRDs.

A model that several kinds use (a gate, a budget, an agent's set-up) has one table, and every field of its type
leads there.
"""

from collections.abc import Iterator
from typing import Any

from crds.meta import API_VERSION, Resource
from crds.reading import KINDS
from crds.schema import Schema, StructuralSchema
from crds.shapes import WORDS
from crds.unhonoured import UNHONOURED, Unhonoured
from crds.wire import wire_name

_ENVELOPE = ("Metadata", "OwnerReference")
"""Kubernetes' own; its documentation tells of them."""

_HEADER = f"""\
<!-- Made by gastown-crds from the models of the package crds; change them, not this. -->
# The six kinds

All are of `{API_VERSION}`. [Concepts](concepts.md) says what each is for. Fields marked *required* must be given; a spec with an unknown
field is refused under strict validation. A length of time is written as Go does: `30s`, `15m`, `2h30m`.

On one machine the same kinds are kept in the town's state, and `-o yaml` prints them.
"""


def reference() -> str:
    """The whole page."""
    raw = {name: _raw(kind) for name, kind in KINDS.items()}
    shared = _shared(raw)
    parts = [_HEADER, "| kind | what it is |\n|---|---|\n" + "\n".join(_overview()) + "\n"]
    for name, kind in KINDS.items():
        parts.extend(_kind(kind, raw[name], shared))
    parts.append("## Parts that several kinds share\n")
    models = {model: schema for each in raw.values() for model, schema in each["$defs"].items()}
    parts.extend(_model(model, models[model], models) for model in sorted(shared))
    return "\n".join(parts)


def _raw(kind: type[Resource]) -> Schema:
    """The schema with its models apart, by name."""
    raw = kind.model_json_schema(schema_generator=StructuralSchema)
    raw["$defs"] = {name: each for name, each in raw["$defs"].items() if name not in _ENVELOPE}
    return raw


def _shared(raw: dict[str, Schema]) -> set[str]:
    seen = [model for each in raw.values() for model in each["$defs"]]
    return {model for model in seen if seen.count(model) > 1}


def _overview() -> Iterator[str]:
    for name, kind in KINDS.items():
        yield f"| [{name}](#{name.lower()}) | {_sentence(kind)} |"


def _kind(kind: type[Resource], raw: Schema, shared: set[str]) -> Iterator[str]:
    names = ", ".join(f"`{name}`" for name in (kind.definition.plural, *kind.definition.short_names))
    scope = "cluster-scoped" if kind.definition.scope == "Cluster" else "namespaced"
    yield f"## {kind.__name__}\n\n{_sentence(kind)} {scope.capitalize()}; `kubectl get` takes {names}.\n"
    if rules := _rules(raw):
        yield rules
    models = raw["$defs"]
    first = [_referred(raw["properties"][part]) for part in ("spec", "status")]
    for model in (*first, *(name for name in models if name not in (*first, *shared))):
        yield _model(model, models[model], models)


def _sentence(kind: type[Resource]) -> str:
    return " ".join((kind.__doc__ or "").split())


def _model(name: str, schema: Schema, models: dict[str, Schema]) -> str:
    required = schema.get("required", ())
    gaps = {wire_name(field): _gap(each) for (model, field), each in UNHONOURED.items() if model == name}
    lines = [
        f"### {name}\n",
        f"{schema['description']}\n",
        "| field | type | meaning |",
        "|---|---|---|",
        *(
            _row(field, place, models, required=field in required, gap=gaps.get(field, ""))
            for field, place in schema["properties"].items()
        ),
    ]
    return "\n".join([*lines, "", *filter(None, [_rules(schema)])])


def _gap(row: Unhonoured) -> str:
    what = " or ".join(f"`{value}`" for value in row.values)
    return f" **{f'{what} does' if what else 'Does'} nothing yet**: {row.meanwhile}."


def _row(field: str, place: Schema, models: dict[str, Schema], *, required: bool, gap: str) -> str:
    words = place.get("description") or models[_referred(place)]["description"]
    cells = (f"`{field}`", _type(place), f"{words}{' *Required.*' if required else ''}{_limits(place)}{gap}")
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _referred(place: Schema) -> str:
    return str(place.get("$ref", "")).rpartition("/")[2]


def _type(place: Schema) -> str:
    if model := _referred(place):
        return f"[{model}](#{model.lower()})"
    if "enum" in place:
        return " or ".join(f"`{value}`" for value in place["enum"])
    match place.get("type"):
        case "array":
            return f"list of {_type(place['items'])}"
        case "object":
            return "map of text"
        case "string":
            return "time" if place.get("format") == "date-time" else "text"
        case None:
            return "integer or text"
        case other:
            return str(other)


def _limits(place: Schema) -> str:
    """What a reader can't guess: the default, the bounds, the form."""
    told = []
    if "default" in place:
        told.append(f"default `{_literal(place['default'])}`")
    if "minimum" in place and "maximum" in place:
        told.append(f"{place['minimum']} to {place['maximum']}")
    if words := WORDS.get(place.get("pattern", "")):
        told.append(words)
    if "maxItems" in place:
        told.append(f"at most {place['maxItems']}")
    return f" ({'; '.join(told)})" if told else ""


def _literal(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _rules(schema: Schema) -> str:
    """The rules between fields, in the words that a refused manifest gets."""
    rules = schema.get("x-kubernetes-validations", ())
    lines = [f"- {_subject(rule)}{rule['message']}." for rule in rules]
    return "\n".join(["Rules:\n", *lines, ""]) if lines else ""


def _subject(rule: Schema) -> str:
    path = str(rule.get("fieldPath", "")).removeprefix(".")
    return f"`{path}` " if path else ""
