"""Filling `{{…}}` in a template, for the few families that a compiled Workflow uses."""

import re
from collections.abc import Callable
from typing import Any

from workflows.errors import ConvoyRefused

Lookup = Callable[[str], str | None]
"""Gives the value of a placeholder's name, None where it has none."""

_PLACE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def substitute(value: Any, lookup: Lookup) -> Any:
    """A copy of a JSON value with every placeholder filled. Raises ConvoyRefused for one that has no value."""
    if isinstance(value, str):
        return _PLACE.sub(lambda match: _filled(match[1], lookup), value) if "{{" in value else value
    if isinstance(value, list):
        return [substitute(item, lookup) for item in value]
    if isinstance(value, dict):
        return {key: substitute(item, lookup) for key, item in value.items()}
    return value


def _filled(name: str, lookup: Lookup) -> str:
    value = lookup(name)
    if value is None:
        raise ConvoyRefused(f"template placeholder {{{{{name}}}}}: nothing to fill it with")
    return value
