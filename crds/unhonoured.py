"""Fields that are accepted and do nothing yet: said in a condition of the object, and beside the field in docs/crds.md.

A row goes when its field works. Fields that will never work again are `Retired`.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

from crds.wire import Wire


@dataclasses.dataclass(frozen=True, slots=True)
class Unhonoured:
    """A field of a model that nothing reads. `meanwhile` says in a clause what happens instead, `values` which values
    do nothing where others work.
    """

    meanwhile: str
    values: tuple[object, ...] = ()


UNHONOURED: dict[tuple[str, str], Unhonoured] = {}
"""By the name of the model and of its attribute."""


def unhonoured_fields(spec: Wire) -> tuple[str, ...]:
    """One sentence for each field below a spec that is set to what does nothing yet, in the order of the fields."""
    return tuple(_below(spec, "spec"))


def _below(model: Wire, place: str) -> Iterator[str]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if name not in model.model_fields_set or value == field.get_default(call_default_factory=True):
            continue
        where = f"{place}.{field.alias}"
        row = UNHONOURED.get((type(model).__name__, name))
        if row and (not row.values or value in row.values):
            yield f"{where}{f': {value}' if row.values else ''} does nothing yet: {row.meanwhile}"
        yield from _inside(value, where)


def _inside(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, Wire):
        yield from _below(value, where)
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            if isinstance(each, Wire):
                yield from _below(each, f"{where}[{number}]")
