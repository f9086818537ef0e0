"""Durations, money and resource amounts: what looks like a number in a manifest, and how it survives JSON and
CEL.

Money is a plain number. Kubernetes advises against floats for values that are summed by many writers; a
budget is only compared, a cost is written by one, and a number is the only form that takes both `25` and
`12.5` as people type them (`x-kubernetes-int-or-string` refuses `12.5`).
"""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from crds import shapes

_PART = re.compile(shapes.NUMBER + shapes.UNIT)
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}

Duration = Annotated[str, Field(pattern=shapes.DURATION.pattern, max_length=64)]
"""A length of time as Go writes it: `30s`, `15m`, `2h30m`."""

Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""An amount of US dollars."""

Count = Annotated[int, Field(ge=0)]
"""How many of something."""


def _checked(value: Any) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole or (isinstance(value, str) and re.fullmatch(shapes.QUANTITY.pattern, value)):
        return value
    raise PydanticCustomError("string_pattern_mismatch", "no quantity", {"pattern": shapes.QUANTITY.pattern})


Quantity = Annotated[
    int | str,
    BeforeValidator(_checked),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "pattern": shapes.QUANTITY.pattern,
            "x-kubernetes-int-or-string": True,
        }
    ),
]
"""An amount of a resource: a whole number or text such as `500m` or `4Gi`."""


def seconds(duration: str) -> float:
    """The seconds of a `Duration`. The text must have passed the schema: what it doesn't allow counts as
    nothing.
    """
    return sum(float(amount) * _SECONDS[unit] for amount, _, unit in _PART.findall(duration))
