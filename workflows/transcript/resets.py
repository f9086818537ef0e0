"""When a limit lifts, from the words in which an agent tells it."""

import datetime
import re
import zoneinfo

_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_LONG = {
    "day": "d",
    "hour": "h",
    "hr": "h",
    "minute": "m",
    "min": "m",
    "second": "s",
    "sec": "s",
    "millisecond": "ms",
}
_AMOUNT = re.compile(
    r"(\d+(?:\.\d+)?)\s*(days?|hours?|hrs?|milliseconds?|minutes?|mins?|seconds?|secs?|ms|[dhms])(?![a-z])"
)
_SOON = re.compile(
    r"(?:\bin|\bafter|\bwait|\bfor)\s+((?:\d+(?:\.\d+)?\s*[a-z]+[\s,]*(?:and\s+)?)+)", re.IGNORECASE
)
_SECONDS = re.compile(r"retry[-_ ]?after['\"]?\s*[:=]?\s*['\"]?(\d+(?:\.\d+)?)\b(?!\s*ms)", re.IGNORECASE)
_EPOCH = re.compile(r"(?:\||reset[a-z_ ]*['\"]?\s*[:=]?\s*['\"]?)(\d{10})(?:\d{3})?\b", re.IGNORECASE)
_STAMP = re.compile(
    r"\b(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?", re.IGNORECASE
)
_CLOCK = re.compile(
    r"\b(?:reset(?:s|ting)?|again|until|available|back)\b[\s:]*(?:at|on|by)?\s*"
    r"(?:(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s*(?P<year>\d{4})?,?\s*(?:at\s+)?)?"
    r"(?:(?P<weekday>mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s*(?:at\s+)?)?"
    r"(?:(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s*(?P<half>[ap])\.?m\b\.?|(?P<hour24>\d{1,2}):(?P<minute24>\d\d)(?::\d\d)?)"
    r"\s*(?:\(?(?P<zone>[A-Za-z]+(?:/[A-Za-z_+-]+)+|UTC|GMT|Z)\b\)?)?",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def lifts(text: str, now: datetime.datetime) -> datetime.datetime | None:
    """The moment that a text names, or None. `now` has a time zone: that of a clock time which names none."""
    if found := _EPOCH.search(text):
        return datetime.datetime.fromtimestamp(int(found[1]), datetime.UTC)
    if found := _STAMP.search(text):
        return _stamp(found)
    if found := _CLOCK.search(text):
        return _clock(found, now)
    if found := _SECONDS.search(text):
        return _later(now, float(found[1]))
    for found in _SOON.finditer(text):
        amounts = _AMOUNT.findall(found[1].lower())
        if amounts:
            return _later(now, sum(float(number) * _UNITS[_unit(unit)] for number, unit in amounts))
    return None


def _later(now: datetime.datetime, seconds: float) -> datetime.datetime | None:
    try:
        return now + datetime.timedelta(seconds=seconds)
    except OverflowError:
        return None


def _unit(word: str) -> str:
    return _LONG.get(word.removesuffix("s") if len(word) > 2 else word, word)


def _stamp(found: re.Match[str]) -> datetime.datetime | None:
    zone = (found[3] or "Z").upper()
    offset = "+00:00" if zone in ("Z", "UTC", "GMT") else zone
    try:
        return datetime.datetime.fromisoformat(f"{found[1]}T{found[2]}{offset}")
    except ValueError:
        return None


def _clock(found: re.Match[str], now: datetime.datetime) -> datetime.datetime | None:
    there = now.astimezone(_zone(found["zone"]) or now.tzinfo)
    try:
        at = there.replace(
            hour=_hour(found), minute=int(found["minute"] or found["minute24"] or 0), second=0, microsecond=0
        )
        if found["month"]:
            month = _MONTHS.index(found["month"].lower()) + 1
            at = at.replace(year=int(found["year"] or at.year), month=month, day=int(found["day"]))
            return at.replace(year=at.year + 1) if not found["year"] and at < there else at
    except ValueError:
        return None
    if found["weekday"]:
        at += datetime.timedelta(days=(_DAYS.index(found["weekday"].lower()) - at.weekday()) % 7)
        return at + datetime.timedelta(days=7) if at <= there else at
    return at + datetime.timedelta(days=1) if at <= there else at


def _hour(found: re.Match[str]) -> int:
    if found["hour24"]:
        return int(found["hour24"])
    return int(found["hour"]) % 12 + (12 if found["half"].lower() == "p" else 0)


def _zone(name: str | None) -> datetime.tzinfo | None:
    """The zone of a name; None where it is not told, or this image has no table of zones."""
    if not name:
        return None
    if name.upper() in ("UTC", "GMT", "Z"):
        return datetime.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
