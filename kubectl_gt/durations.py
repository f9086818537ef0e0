"""Lengths of time on the command line, as Go writes them."""

import re
from typing import Any

import click

_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+|0")


_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")


_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Duration(click.ParamType[float | None]):
    """A length of time as Go writes it, in seconds; `0` is none."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | None:
        """Read one; fails as a usage error."""
        text = str(value)
        if not _DURATION.fullmatch(text):
            self.fail(f"{text!r} is not a length of time such as 30s, 15m or 2h30m", param, ctx)
        return sum(float(amount) * _SECONDS[unit] for amount, unit in _PART.findall(text)) or None
