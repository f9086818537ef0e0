"""Rules between fields, each written once and held in two places: as CEL by the API server, as Python by us.

CEL stands in for admission webhooks: it needs no server of ours, no certificate, and can't be down. The
Python half gives the command line and the town on one machine the same refusals in the same words.
"""

import dataclasses
from collections.abc import Callable
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What must hold within one object. `field` is the wire name to blame, empty for the object as a whole.

    `message` is read behind the field: `spec.budget.perBeadUSD` "is more than totalUSD; …".
    """

    cel: str
    message: str
    holds: Callable[[Any], bool]
    field: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What must hold between a live object and its edit; `holds` takes the old one, then the new one."""

    cel: str
    message: str
    holds: Callable[[Any, Any], bool]
    field: str = ""


def fixed(attribute: str, *, wire: str, message: str) -> Change:
    """A required field that keeps its value for the life of the object."""
    return Change(
        cel=f"self.{wire} == oldSelf.{wire}",
        message=message,
        holds=lambda old, new: getattr(old, attribute) == getattr(new, attribute),
        field=wire,
    )


def fixed_once_set(attribute: str, *, wire: str, message: str) -> Change:
    """An optional field that may be given later, and from then on keeps its value."""
    return Change(
        cel=f"!has(oldSelf.{wire}) || oldSelf.{wire} == ''"
        f" || (has(self.{wire}) && self.{wire} == oldSelf.{wire})",
        message=message,
        holds=lambda old, new: getattr(old, attribute) in {"", getattr(new, attribute)},
        field=wire,
    )
