"""Reads what an agent says about its own run: words, tokens, cost, and whether it calls itself failed or refused."""

import json
from collections import deque
from typing import Any, NamedTuple

from workflows.clean import clip, lines, plain
from workflows.orders import AgentReport
from workflows.transcript import paths

SUMMARY_BYTES = 1024
_TEXT_LINES = 8
_LARGEST = 1e15
"""Of a number that is told: nobody spends more, and no sum of such is without end."""


class Report(NamedTuple):
    """What was told; empty where nothing was. `tokens` is a whole number, `cost` dollars, `error` why it failed.

    `status` is an HTTP status of its model's answer, 0 for none. `refused` holds its words where its model declined. `spoke` tells that it
    reported at all, `cut` that its error came in the midst of its words.
    """

    summary: str = ""
    tokens: str = ""
    cost: str = ""
    error: str = ""
    status: int = 0
    refused: str = ""
    spoke: bool = False
    cut: bool = False


class Reader:
    """Takes an agent's standard output line by line. Sums go over all its runs, words are those of the last."""

    def __init__(self, how: AgentReport) -> None:
        self._how = how
        self._lines: deque[str] = deque(maxlen=_TEXT_LINES)
        self._sums: dict[str, float] = {}
        self._last: dict[str, float] = {}
        self._words = Report()
        self._speaking = False

    def begin(self) -> None:
        """Another run of the agent: the last one's words do not count any more."""
        self._words = Report()
        self._speaking = False
        self._lines.clear()
        for name, value in self._last.items():
            self._sums[name] = self._sums.get(name, 0) + value
        self._last.clear()

    def say(self, line: str) -> None:
        """A line that is no JSON."""
        if line.strip():
            self._lines.append(line)

    def take(self, told: dict[str, Any]) -> None:
        """One object."""
        how, words = self._how, self._words
        summary = _text(told, how.summary)
        if summary:
            # What it says later goes before what it complained of earlier: it has got over it.
            words = words._replace(summary=clip(lines(summary), SUMMARY_BYTES), error="", status=0, cut=False)
        error = self._complaint(told, summary)
        self._speaking = bool(summary) or (self._speaking and bool(error))
        if error:
            words = words._replace(
                error=clip(plain(_inner(error)), SUMMARY_BYTES),
                status=_status(told, how.status),
                cut=self._speaking and error != summary,
            )
        if refused := _text(told, how.refused):
            words = words._replace(refused=clip(plain(_inner(refused)), SUMMARY_BYTES))
        self._words = words._replace(spoke=True)
        self._count("tokens", [number for path in how.tokens for number in _numbers(told, path)])
        self._count("cost", _numbers(told, how.cost))

    def report(self) -> Report:
        """What is known so far."""
        words = self._words
        if self._how.format == "text":
            words = Report(
                summary=clip(lines("\n".join(self._lines)), SUMMARY_BYTES), spoke=bool(self._lines)
            )
        return words._replace(tokens=_whole(self._total("tokens")), cost=_dollars(self._total("cost")))

    def _complaint(self, told: dict[str, Any], summary: str) -> str:
        found = next(iter(paths.values(told, self._how.error)), None)
        if not found:
            return ""
        return found if isinstance(found, str) else summary or "it says so itself"

    def _count(self, name: str, numbers: list[float]) -> None:
        if not numbers:
            return
        if self._how.format == "lines":
            self._sums[name] = self._sums.get(name, 0) + sum(numbers)
        else:
            self._last[name] = sum(numbers)

    def _total(self, name: str) -> float | None:
        if name not in self._sums and name not in self._last:
            return None
        return self._sums.get(name, 0) + self._last.get(name, 0)


def parsed(text: str) -> object:
    """JSON, or None."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def last_object(text: str) -> dict[str, Any] | None:
    """The last object in a text that is one, or an array of them, or ends with one printed over several lines."""
    whole = parsed(text)
    objects = [each for each in (whole if isinstance(whole, list) else [whole]) if isinstance(each, dict)]
    if objects:
        return objects[-1]
    lines = text.splitlines(keepends=True)
    for at in range(len(lines) - 1, -1, -1):
        if lines[at].startswith("{"):
            start = text[sum(map(len, lines[:at])) :]
            try:
                found, _ = json.JSONDecoder().raw_decode(start)
            except (ValueError, RecursionError):
                continue
            return found if isinstance(found, dict) else None
    return None


def _inner(message: str) -> str:
    """The words of an error that an agent handed on as its server's whole answer, in text of its own."""
    start = message.find("{")
    if start < 0:
        return message
    try:
        told, length = json.JSONDecoder().raw_decode(message[start:])
    except (ValueError, RecursionError):
        return message
    while isinstance(told, dict) and isinstance(told.get("error"), dict):
        told = told["error"]
    found = told.get("message") if isinstance(told, dict) else None
    if not isinstance(found, str) or not found:
        return message
    return f"{message[:start]}{_inner(found)}{message[start + length :]}"


def _text(told: dict[str, Any], path: str) -> str:
    found = next((each for each in paths.values(told, path) if isinstance(each, str) and each.strip()), "")
    return str(found)


def _numbers(told: dict[str, Any], path: str) -> list[float]:
    found = paths.values(told, path)
    return [float(each) for each in found if isinstance(each, (int, float)) and _counts(each)]


def _counts(number: float) -> bool:
    """A number that adds up: no flag, not NaN, not without end, not one of thousands of digits."""
    return not isinstance(number, bool) and abs(number) <= _LARGEST


def _status(told: dict[str, Any], path: str) -> int:
    found = next(iter(paths.values(told, path)), 0)
    return (
        int(found) if isinstance(found, (int, str)) and str(found).isdecimal() and len(str(found)) == 3 else 0
    )


def _whole(number: float | None) -> str:
    return "" if number is None else str(int(number))


def _dollars(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:.6f}".rstrip("0").rstrip(".") if number else "0"
