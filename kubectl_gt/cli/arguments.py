"""Arguments that are checked where they are typed, so that nobody reads of a manifest that they never wrote."""

import re
from typing import Any

import click

from crds import shapes
from workflows.plan.trains import NAME_LENGTH

RIG_LENGTH = 63
"""A rig's name is a label of what belongs to it, and labels are no longer."""

BEAD_LENGTH = 128

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")


class ObjectName(click.ParamType[str]):
    """The name of something that is to be made: what a Kubernetes object may be called, within a length."""

    name = "name"

    def __init__(self, what: str, length: int) -> None:
        self._what, self._length = what, length

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check one; fails as a usage error that says which name would do."""
        text = str(value)
        if len(text) <= self._length and re.fullmatch(shapes.OBJECT.pattern, text):
            return text
        rule = f"a {self._what} is named with lower-case letters, digits and dashes, {self._length} at most"
        near = slug(text, self._length)
        advice = f"; did you mean {near!r}?" if near else ""
        raise click.BadParameter(f"{_cut(text)!r}: {rule}{advice}", ctx, param)


class Whole(click.IntRange):
    """A whole number within limits; click's own name for it, `integer range`, reaches help and errors."""

    name = "number"


class Amount(click.FloatRange):
    """A number within limits, such as dollars."""

    name = "number"


RIG = ObjectName("rig", RIG_LENGTH)
CONVOY = ObjectName("convoy", NAME_LENGTH)


def slug(text: str, length: int) -> str:
    """A name made of any text, `MyApp` as `my-app`; empty where nothing is left of it."""
    words = [word for word in _WORD.split(text) if word]
    return "-".join(words).lower()[:length].strip("-")


def is_bead(text: str) -> bool:
    """Whether it may be the id of a bead."""
    return len(text) <= BEAD_LENGTH and re.fullmatch(shapes.BEAD.pattern, text) is not None


def prefix_of(bead: str) -> str:
    """The part of a bead's id that names its rig: `app` of `app-42` and of `app-42.1`; empty where it has none."""
    return bead.rpartition("-")[0]


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
