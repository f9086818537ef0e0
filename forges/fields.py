"""Reads an answer's JSON field by field: the value with the right type, or one error that names the field."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

from forges.errors import Unreadable

Where: TypeAlias = "str | tuple[Where, str | int]"
"""A place, or one inside of it; put into words only for an error, as a push has hundreds of them."""


class Fields:
    """A JSON object and where it came from."""

    __slots__ = ("_content", "_where")

    def __init__(self, content: object, *, where: Where) -> None:
        if not isinstance(content, dict):
            raise Unreadable(f"{_words(where)}: an object was expected, not {_kind(content)}")
        self._content: dict[str, object] = content
        self._where = where

    def __contains__(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._content.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """A string; `default` stands for an absent or null one."""
        found = self._content.get(name)
        if found is None and default is not None:
            return default
        if not isinstance(found, str):
            raise self._wrong(name, "a string", found)
        return found

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number."""
        found = self._content.get(name)
        if found is None and default is not None:
            return default
        if not isinstance(found, int) or isinstance(found, bool):
            raise self._wrong(name, "a whole number", found)
        return found

    def key(self, name: str) -> str:
        """An id: a whole number or a string that is not empty."""
        found = self._content.get(name)
        if isinstance(found, bool) or not isinstance(found, int | str) or found == "":
            raise self._wrong(name, "an id", found)
        return str(found)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false."""
        found = self._content.get(name)
        if found is None:
            return default
        if not isinstance(found, bool):
            raise self._wrong(name, "true or false", found)
        return found

    def perhaps(self, name: str) -> bool | None:
        """True, false, or None where the forge does not know yet."""
        return self.flag(name) if name in self else None

    def time(self, name: str) -> datetime:
        """A moment in ISO 8601, with its zone; without one it is UTC."""
        found = self.text(name)
        try:
            moment = datetime.fromisoformat(found)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self._wrong(name, "a time", found) from error

    def milliseconds(self, name: str) -> datetime:
        """A moment as milliseconds since 1970."""
        found = self.whole(name)
        try:
            return datetime.fromtimestamp(found / 1000, tz=UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise self._wrong(name, "a time in milliseconds", found) from error

    def inner(self, name: str) -> "Fields":
        """An object inside."""
        return Fields(self._content.get(name), where=(self._where, name))

    def maybe(self, name: str) -> "Fields | None":
        """An object inside, or None where it is absent or null."""
        return self.inner(name) if name in self else None

    def each(self, name: str) -> Iterator["Fields"]:
        """The objects of a list; an absent or null list has none."""
        return listed(self._content.get(name, ()), where=(self._where, name))

    def words(self, name: str) -> tuple[str, ...]:
        """The strings of a list; an absent or null list has none."""
        found = self._content.get(name)
        if found is None or found == []:
            return ()
        if not isinstance(found, list):
            raise self._wrong(name, "a list of strings", found)
        for (
            each
        ) in found:  # a push lists thousands of files: a generator here costs more than reading the JSON
            if type(each) is not str:
                raise self._wrong(name, "a list of strings", found)
        return tuple(found)

    def count(self, name: str) -> int:
        """How many entries a list has; an absent or null one has none."""
        found = self._content.get(name)
        if found is not None and not isinstance(found, list):
            raise Unreadable(f"{_words((self._where, name))}: a list was expected, not {_kind(found)}")
        return len(found or ())

    def gathered(self, name: str, *inner: str) -> set[str]:
        """The strings of these lists inside of all objects of a list. Looked at closely only where something is wrong: a push lists thousands of files."""
        rows = self._content.get(name)
        found = _strings(rows, inner) if isinstance(rows, list) else None
        if found is None:
            return {word for row in self.each(name) for each in inner for word in row.words(each)}
        return found

    def _wrong(self, name: str, wanted: str, found: object) -> Unreadable:
        return Unreadable(f"{_words(self._where)}.{name}: {wanted} was expected, not {_kind(found)}")


def _strings(rows: list[Any], names: tuple[str, ...]) -> set[str] | None:
    """The strings of the named lists of all objects, None where anything is not what it should be."""
    if not {*map(type, rows)} <= {dict}:
        return None
    lists = [row.get(name) for row in rows for name in names]
    if not {*map(type, lists)} <= {list, type(None)}:
        return None
    try:
        found = set().union(*filter(None, lists))
    except TypeError:  # what no set can hold is no string
        return None
    return found if {*map(type, found)} <= {str} else None


def listed(content: object, *, where: Where) -> Iterator[Fields]:
    """The objects of a JSON list. Raises Unreadable when it is none."""
    if content is None or content == ():
        return
    if not isinstance(content, list):
        raise Unreadable(f"{_words(where)}: a list was expected, not {_kind(content)}")
    for place, entry in enumerate(content):
        yield Fields(entry, where=(where, place))


def _words(where: Where) -> str:
    if isinstance(where, str):
        return where
    outer, inner = where
    return f"{_words(outer)}[{inner}]" if isinstance(inner, int) else f"{_words(outer)}.{inner}"


def _kind(content: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "nothing"}
    return names.get(type(content), "a number")
