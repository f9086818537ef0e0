"""Paths into JSON objects, as presets write them.

`error.data.message` goes down by keys; `*` is every key or element, and a key with dots stands in quotes:
`stats."gemini-2.5-pro".total`. Conditions stand in front: `type=result,is_error=true: result`. ` | ` separates alternatives,
of which the first that leads anywhere counts.
"""

import functools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_KEY = re.compile(r'"([^"]*)"|([^.]+)')


class Way(NamedTuple):
    """One alternative."""

    conditions: tuple[tuple[tuple[str, ...], str], ...]
    keys: tuple[str, ...]

    def values(self, told: dict[str, Any]) -> list[object]:
        """What it leads to in an object that meets its conditions."""
        if all(value in map(_word, _down(told, keys)) for keys, value in self.conditions):
            return [each for each in _down(told, self.keys) if each is not None]
        return []


def values(told: dict[str, Any], path: str) -> list[object]:
    """All that a path leads to in an object, nothing where it leads nowhere."""
    return next((found for way in ways(path) if (found := way.values(told))), [])


@functools.cache
def ways(path: str) -> tuple[Way, ...]:
    """The alternatives of a path. Raises ValueError for one that cannot be read."""
    return tuple(_way(each.strip()) for each in path.split(" | ")) if path.strip() else ()


def _way(text: str) -> Way:
    front, colon, keys = text.rpartition(":")
    conditions = []
    for each in front.split(",") if colon else ():
        name, equals, value = each.strip().partition("=")
        if not equals or not name:
            raise ValueError(f"{each!r} is no condition: write path=value")
        conditions.append((_keys(name), value))
    return Way(tuple(conditions), _keys(keys.strip()))


def _keys(text: str) -> tuple[str, ...]:
    found = tuple(quoted or bare for quoted, bare in _KEY.findall(text))
    if not found:
        raise ValueError(f"{text!r} is no path")
    return found


def _down(told: object, keys: tuple[str, ...]) -> Iterator[object]:
    if not keys:
        yield told
        return
    key, rest = keys[0], keys[1:]
    if key == "*":
        below = told.values() if isinstance(told, dict) else told if isinstance(told, list) else ()
        for each in below:
            yield from _down(each, rest)
    elif isinstance(told, dict) and key in told:
        yield from _down(told[key], rest)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
