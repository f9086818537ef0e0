"""Closing beads in a bead file: their own lines change, in the form in which they were written, and no other byte of the file."""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, TypeAlias

CLOSED = frozenset({"closed", "tombstone"})
"""States in which a bead asks for no more work."""

_MARK = b"\xef\xbb\xbf"
"""What some editors put before the first line."""


def _plain(record: Any) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _go(record: Any) -> str:
    text = _plain(record)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _spaced(record: Any) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def _ascii(record: Any) -> str:
    return json.dumps(record, separators=(",", ":"), allow_nan=False)


_FORMS: tuple[Callable[[Any], str], ...] = (_go, _plain, _spaced, json.dumps, _ascii)
"""How programs write a line: `bd`, which is in Go, first."""

_SAFE = _ascii
"""For a line that is in none of these forms: it can say whatever was read."""


Change: TypeAlias = Callable[[dict[str, Any]], dict[str, Any] | None]
"""What becomes of a bead's record; None where it stays as it is."""


class Closed(NamedTuple):
    """A bead file, and the beads whose lines are other ones than before."""

    content: bytes
    beads: tuple[str, ...]


def close(content: bytes, reasons: Mapping[str, str], at: str) -> Closed:
    """The file with these beads closed at a time, each for its reason; those that are not there, or closed, change nothing."""
    return _changed(content, lambda record: _closed(record, reasons, at))


def reopen(content: bytes, beads: Collection[str], at: str) -> Closed:
    """The file with these beads open again, as `bd reopen` leaves them; those that are not there, or open, change nothing."""
    return _changed(content, lambda record: _reopened(record, beads, at))


def _changed(content: bytes, change: Change) -> Closed:
    # Not splitlines: it would cut inside of strings.
    lines = content.split(b"\n")
    found: list[str] = []
    for number, line in enumerate(lines):
        bead, text = _line(line, change)
        if bead:
            found.append(bead)
            lines[number] = text
    return Closed(b"\n".join(lines), tuple(found))


def _line(line: bytes, change: Change) -> tuple[str, bytes]:
    """The bead that changes in a line, and the line afterwards; no bead where it stays as it is.

    So does a line that can't be written again, as it holds a number without end or is nested without end.
    """
    try:
        return _rewritten(line, change)
    except (ValueError, RecursionError):
        return "", line


def _rewritten(line: bytes, change: Change) -> tuple[str, bytes]:
    """Raises ValueError and RecursionError."""
    text, end = (line[:-1], b"\r") if line.endswith(b"\r") else (line, b"")
    mark = _MARK if text.startswith(_MARK) else b""
    words = text.removeprefix(mark).decode("utf-8")
    record = json.loads(words)
    changed = change(record) if isinstance(record, dict) and _issue(record) else None
    if changed is None:
        return "", line
    form = next((each for each in _FORMS if each(record) == words.strip()), _SAFE)
    return record["id"], mark + form(changed).encode("utf-8") + end


def _issue(record: Mapping[str, Any]) -> bool:
    named = isinstance(record.get("id"), str) and isinstance(record.get("status", ""), str)
    return named and record.get("_type", "issue") == "issue"


def _closed(record: dict[str, Any], reasons: Mapping[str, str], at: str) -> dict[str, Any] | None:
    """Fields that are there keep their place; `updated_at` only where the writer keeps it."""
    if record["id"] not in reasons or record.get("status", "open") in CLOSED:
        return None
    update = {"status": "closed", "closed_at": at, "close_reason": reasons[record["id"]]}
    return record | update | _updated(record, at)


def _reopened(record: dict[str, Any], beads: Collection[str], at: str) -> dict[str, Any] | None:
    """A bead that was deleted stays so."""
    if record["id"] not in beads or record.get("status") != "closed":
        return None
    kept = {key: value for key, value in record.items() if key not in ("closed_at", "close_reason")}
    return kept | {"status": "open"} | _updated(record, at)


def _updated(record: Mapping[str, Any], at: str) -> dict[str, Any]:
    return {"updated_at": at} if "updated_at" in record else {}
