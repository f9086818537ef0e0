"""Globs over paths and branches: `*` and `?` stay within a name, `**` crosses slashes."""

import functools
import re
from collections.abc import Iterable


def matches(text: str, glob: str) -> bool:
    """Whether the whole text is what the glob describes."""
    return _pattern(glob).fullmatch(text) is not None


def matches_any(text: str, globs: Iterable[str]) -> bool:
    """Whether the whole text is what one of the globs describes."""
    return any(matches(text, each) for each in globs)


@functools.lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    parts: list[str] = []
    rest = glob
    while rest:
        if rest.startswith("**/"):
            parts.append("(?:[^/]*/)*?")
            rest = rest[3:]
        elif rest.startswith("**"):
            parts.append(".*?")
            rest = rest[2:]
        else:
            parts.append({"*": "[^/]*?", "?": "[^/]"}.get(rest[0], re.escape(rest[0])))
            rest = rest[1:]
    return re.compile("".join(parts), re.DOTALL)
