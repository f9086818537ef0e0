"""Filling `{{…}}` and `{{=…}}` in a template, for the few families that a compiled Workflow uses."""

import re
from collections.abc import Mapping
from typing import Any

from workflows.errors import ConvoyRefused
from workflows.local.engine import expressions

_PLACE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def substitute(value: Any, names: Mapping[str, object]) -> Any:
    """A copy of a JSON value with every placeholder filled; a name `a.b` is looked up step by step.

    Raises ConvoyRefused for one that has no value.
    """
    if isinstance(value, str):
        return _PLACE.sub(lambda match: _filled(match[1], names), value) if "{{" in value else value
    if isinstance(value, list):
        return [substitute(item, names) for item in value]
    if isinstance(value, dict):
        return {key: substitute(item, names) for key, item in value.items()}
    return value


def _filled(place: str, names: Mapping[str, object]) -> str:
    if place.startswith("="):
        return str(expressions.evaluate(place[1:], names))
    value: object = names
    for step in place.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if not isinstance(value, str):
        raise ConvoyRefused(f"template placeholder {{{{{place}}}}}: nothing to fill it with")
    return value
