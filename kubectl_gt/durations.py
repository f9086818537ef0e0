"""Lengths of time on the command line: written as in a manifest."""

import datetime
import re
from typing import Any

import click

from crds import seconds
from crds.shapes import DURATION


class Duration(click.ParamType[Any]):
    """A length of time as Go writes it, in seconds; `0` is none."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read one; fails as a usage error."""
        text = str(value)
        if not re.fullmatch(DURATION.pattern, text):
            self.fail(f"{text!r} is not {DURATION.words}", param, ctx)
        return seconds(text) or None


class DurationText(Duration):
    """The same, as it was typed: a manifest carries it so."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Check it; fails as a usage error, also for no time at all, which an object could not live on."""
        if super().convert(value, param, ctx) is None:
            self.fail(f"{str(value)!r} is no time at all; leave it out where there is no limit", param, ctx)
        return str(value)


def midnight(now: datetime.datetime) -> datetime.datetime:
    """When the user's day began, by the clock of their machine."""
    there = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return there.astimezone(datetime.UTC)
