"""Reads what the agent said about its own run: a summary, what it cost, and whether it calls itself failed."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from workflows.orders import AgentReport

SUMMARY_BYTES = 1024
_TAIL_BYTES = 8 << 20
_TEXT_LINES = 8


class Report(NamedTuple):
    """What was told; empty where nothing was. `tokens` is a whole number, `cost` dollars, `error` why it failed."""

    summary: str = ""
    tokens: str = ""
    cost: str = ""
    error: str = ""


def read(output: Path, how: AgentReport) -> Report:
    """The report in an agent's standard output. An output that cannot be read as told gives an empty report."""
    text = _tail(output)
    if how.format != "json":
        lines = [line for line in text.splitlines() if line.strip()]
        return Report(summary=clip("\n".join(lines[-_TEXT_LINES:])))
    told = _last_object(text)
    if told is None:
        return Report()
    return Report(
        summary=clip(_text(_at(told, how.summary))),
        tokens=_sum(told, how.tokens),
        cost=_number(_at(told, how.cost)),
        error=_complaint(told, how),
    )


def clip(text: str, size: int = SUMMARY_BYTES) -> str:
    """The text within so many bytes of UTF-8, an ellipsis where it was cut."""
    raw = text.strip().encode("utf-8", "replace")
    if len(raw) <= size:
        return raw.decode("utf-8")
    return raw[: size - 3].decode("utf-8", "ignore") + "…"


def _complaint(told: dict[str, Any], how: AgentReport) -> str:
    flag = _at(told, how.error)
    if not flag:
        return ""
    return clip(flag if isinstance(flag, str) else _text(_at(told, how.summary)) or "it says so itself")


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            stream.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _last_object(text: str) -> dict[str, Any] | None:
    """The last line that is an object; else the whole text as an object, or as an array whose last object counts."""
    for line in reversed(text.splitlines()):
        if line.lstrip().startswith("{") and isinstance(found := _parsed(line), dict):
            return found
    whole = _parsed(text)
    objects = [each for each in (whole if isinstance(whole, list) else [whole]) if isinstance(each, dict)]
    return objects[-1] if objects else None


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _at(told: dict[str, Any], path: str) -> object:
    found: object = told
    for key in path.split(".") if path else ():
        found = found.get(key) if isinstance(found, dict) else None
    return found if path else None


def _sum(told: dict[str, Any], paths: tuple[str, ...]) -> str:
    numbers = [found for path in paths if isinstance(found := _at(told, path), (int, float))]
    return str(int(sum(numbers))) if numbers else ""


def _number(value: object) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, (int, float)) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
