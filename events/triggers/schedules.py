"""Schedules: the five fields of a crontab, in UTC, and the last moment that they named."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from events.errors import Unconfigured

RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
MOST_DAYS = 366 * 5
"""How far back is looked: the 29th of February comes every fourth year, or eighth."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The values that each field allows."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool
    """Whether day and weekday are both given: then one of them is enough, as in every crontab."""

    def last(self, now: datetime.datetime) -> datetime.datetime | None:
        """The newest moment that is not after now; None where there was none in years."""
        now = now.astimezone(datetime.UTC).replace(second=0, microsecond=0)
        for back in range(MOST_DAYS):
            day = now.date() - datetime.timedelta(days=back)
            if not self._on(day):
                continue
            for hour in sorted(self.hours, reverse=True):
                for minute in sorted(self.minutes, reverse=True):
                    found = datetime.datetime.combine(day, datetime.time(hour, minute), datetime.UTC)
                    if found <= now:
                        return found
        return None

    def _on(self, day: datetime.date) -> bool:
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_day or by_weekday if self.either else by_day and by_weekday


def parse(text: str) -> Schedule:
    """The schedule of five fields. Raises Unconfigured, naming the field."""
    fields = text.split(" ")
    if len(fields) != len(RANGES):
        raise Unconfigured(f"schedule {text!r}: give five fields, such as 0 3 * * *")
    minutes, hours, days, months, weekdays = (
        frozenset(_values(field, low, high, text)) for field, (low, high) in zip(fields, RANGES, strict=True)
    )
    return Schedule(
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=frozenset(each % 7 for each in weekdays),
        either=not fields[2].startswith("*") and not fields[4].startswith("*"),
    )


def _values(field: str, low: int, high: int, text: str) -> Iterator[int]:
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        try:
            start = low if span == "*" else int(first)
            end = high if span == "*" or (step and not dash) else int(last) if dash else start
            stride = int(step) if step else 1
        except ValueError as error:
            raise Unconfigured(f"schedule {text!r}: {part!r} is no field of a crontab") from error
        if not (low <= start <= end <= high and stride > 0):
            raise Unconfigured(f"schedule {text!r}: {part!r} is not between {low} and {high}")
        yield from range(start, end + 1, stride)
