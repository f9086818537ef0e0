"""Everything of the chart that is made from the code, as texts by their place in the checkout."""

import json
import textwrap
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel

from adapter.chart.dashboards import dashboard, rules
from adapter.chart.values import Values
from adapter.rbac.accounts import BEADS, EXECUTOR, RULES
from adapter.rbac.roles import roles
from crds import KINDS, Manifest
from crds.meta import GROUP
from crds.render import rendered as definitions
from workflows import labels

FULLNAME = '{{ include "gastown.fullname" . }}'
"""How a template of the chart says the name of the release, which is the Lease's too."""

SOURCE = "Made by `python -m adapter.chart` from the package adapter; change that, not this."

_READERS, _WRITERS = ("get", "list", "watch"), ("create", "delete", "deletecollection", "patch", "update")


class Value(NamedTuple):
    """One value: its place, its default, what it does, and whether it is a group of others."""

    path: tuple[str, ...]
    default: Any
    sentence: str
    group: bool


def rendered() -> dict[str, str]:
    """The text of each file by its path in the checkout."""
    return {
        "helm/values.yaml": _values(),
        "helm/values.schema.json": _schema(),
        "helm/templates/_rules.tpl": _rules(),
        "helm/files/dashboard.json": dashboard(),
        "helm/files/alerts.yaml": rules(),
        "docs/chart.md": _page(),
        **{f"helm/files/crds/{name}": text for name, text in definitions().items()},
    }


def values(part: type[BaseModel] = Values, above: tuple[str, ...] = ()) -> Iterator[Value]:
    """All values in their order, each group before what is in it."""
    defaults = part().model_dump(mode="json", by_alias=True)
    for name, field in part.model_fields.items():
        key = field.alias or name
        path = (*above, key)
        sentence = " ".join((field.description or "").split())
        inner = field.annotation
        group = isinstance(inner, type) and issubclass(inner, BaseModel)
        yield Value(path, defaults[key], sentence, group)
        if group and isinstance(inner, type):
            yield from values(inner, path)


def _values() -> str:
    lines = [f"# {SOURCE}"]
    for value in values():
        indent = "  " * (len(value.path) - 1)
        if len(value.path) == 1:
            lines.append("")
        lines += [f"{indent}# {line}" for line in textwrap.wrap(value.sentence, 110)]
        if value.group:
            lines.append(f"{indent}{value.path[-1]}:")
        else:
            text = yaml.safe_dump({value.path[-1]: value.default}, sort_keys=False, width=110)
            lines.append(textwrap.indent(text.rstrip(), indent))
    return "\n".join(lines) + "\n"


def _schema() -> str:
    schema = Values.model_json_schema(by_alias=True)
    _require(schema, schema["$defs"])
    plain = _without_titles(schema)
    return json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", **plain}, indent=2) + "\n"


def _require(part: dict[str, Any], groups: dict[str, Any]) -> None:
    """Ask for each value that templates can't do without: by `null` people take a default away, and Helm would then fail without its name."""
    needed = []
    for name, told in part["properties"].items():
        below = told.get("$ref", "").rpartition("/")[2]
        if below:
            _require(groups[below], groups)
        plain = isinstance(told.get("default"), bool | int | float | str) and told["default"] != ""
        if below or "minItems" in told or (plain and "anyOf" not in told):
            needed.append(name)
    part["required"] = needed


def _without_titles(schema: Any) -> Any:
    """Pydantic's titles repeat the names; a property that is called title is left alone."""
    if isinstance(schema, list):
        return [_without_titles(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        # Draft 7 knows definitions by this name.
        ("definitions" if key == "$defs" else key): value.replace("#/$defs/", "#/definitions/")
        if key == "$ref"
        else _without_titles(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
    }


def _rules() -> str:
    own = roles(FULLNAME)
    kinds = sorted(model.definition.plural for model in KINDS.values())
    parts: dict[str, tuple[Manifest, ...]] = {
        "everywhere": own.everywhere,
        "whereItWorks": own.where_it_works,
        "logs": own.logs,
        "atHome": own.at_home,
        "executor": RULES[EXECUTOR],
        "beads": RULES[BEADS],
        "readers": ({"apiGroups": [GROUP], "resources": kinds, "verbs": list(_READERS)},),
        "writers": ({"apiGroups": [GROUP], "resources": kinds, "verbs": list(_WRITERS)},),
    }
    blocks = [
        f'{{{{- define "gastown.rules.{name}" -}}}}\n{_yaml(rules)}{{{{- end }}}}\n'
        for name, rules in parts.items()
    ]
    step = f'{{{{- define "gastown.stepLabel" -}}}}\n{labels.STEP}\n{{{{- end }}}}\n'
    return "\n".join([f"{{{{/* {SOURCE} */}}}}", step, *blocks])


def _yaml(rules: tuple[Manifest, ...]) -> str:
    return yaml.safe_dump(json.loads(json.dumps(rules)), sort_keys=False, width=1000)


def _page() -> str:
    lines = [
        "# The chart's values",
        "",
        f"<!-- {SOURCE} -->",
        "",
        "How to install, upgrade and remove it: [Operations](operations.md#on-a-cluster).",
        "",
        "| value | default | what it does |",
        "|---|---|---|",
    ]
    for value in values():
        default = "" if value.group else f"`{json.dumps(value.default)}`"
        lines.append(f"| `{'.'.join(value.path)}` | {default} | {value.sentence} |")
    return "\n".join(lines) + "\n"
