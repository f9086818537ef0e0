"""Closing beads in a bead file: their own lines change, in the form in which they were written, and no other byte of the file."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

CLOSED = frozenset({"closed", "tombstone"})
"""States in which a bead asks for no more work."""

_MARK = b"\xef\xbb\xbf"
"""What some editors put before the first line."""


def _plain(record: Any) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _go(record: Any) -> str:
    text = _plain(record)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _spaced(record: Any) -> str:
    return json.dumps(record, ensure_ascii=False)


def _ascii(record: Any) -> str:
    return json.dumps(record, separators=(",", ":"))


_FORMS: tuple[Callable[[Any], str], ...] = (_go, _plain, _spaced, json.dumps, _ascii)
"""How programs write a line: `bd`, which is in Go, first."""

_SAFE = _ascii
"""For a line that is in none of these forms: it can say whatever was read."""


class Closed(NamedTuple):
    """A bead file, and the beads whose lines are other ones than before."""

    content: bytes
    beads: tuple[str, ...]


def close(content: bytes, reasons: Mapping[str, str], at: str) -> Closed:
    """The file with these beads closed at a time, each for its reason; those that are not there, or closed, change nothing."""
    # Not splitlines: it would cut inside of strings.
    lines = content.split(b"\n")
    found: list[str] = []
    for number, line in enumerate(lines):
        bead, text = _line(line, reasons, at)
        if bead:
            found.append(bead)
            lines[number] = text
    return Closed(b"\n".join(lines), tuple(found))


def _line(line: bytes, reasons: Mapping[str, str], at: str) -> tuple[str, bytes]:
    """The bead that is closed in a line, and the line afterwards; no bead where it stays as it is."""
    text, end = (line[:-1], b"\r") if line.endswith(b"\r") else (line, b"")
    mark = _MARK if text.startswith(_MARK) else b""
    try:
        words = text.removeprefix(mark).decode("utf-8")
        record = json.loads(words)
    except (ValueError, RecursionError):
        return "", line
    if not isinstance(record, dict) or not _asked(record, reasons):
        return "", line
    form = next((each for each in _FORMS if each(record) == words.strip()), _SAFE)
    closed = form(_closed(record, reasons[record["id"]], at))
    return record["id"], mark + closed.encode("utf-8") + end


def _asked(record: Mapping[str, Any], reasons: Mapping[str, str]) -> bool:
    name = record.get("id")
    issue = record.get("_type", "issue") == "issue"
    return isinstance(name, str) and name in reasons and issue and record.get("status", "open") not in CLOSED


def _closed(record: dict[str, Any], reason: str, at: str) -> dict[str, Any]:
    """Fields that are there keep their place; `updated_at` only where the writer keeps it."""
    update = {"status": "closed", "closed_at": at, "close_reason": reason}
    return record | update | ({"updated_at": at} if "updated_at" in record else {})
