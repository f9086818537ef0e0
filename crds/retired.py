"""Fields that gastown-operator once had and that mean nothing here: accepted, so its manifests apply, and
reported.

Who sets one learns from a condition or a warning that it has no effect, and what does the job instead.
"""

import dataclasses

from crds.wire import Wire


@dataclasses.dataclass(frozen=True, slots=True)
class Retired:
    """Marks a field in its annotation; `instead` says in a clause what does the job now."""

    instead: str


def retired_fields(spec: Wire) -> tuple[str, ...]:
    """One sentence for each retired field that the spec sets, in the order of the fields."""
    return tuple(
        f"spec.{field.alias} has no effect: {mark.instead}"
        for name, field in type(spec).model_fields.items()
        for mark in field.metadata
        if isinstance(mark, Retired) and name in spec.model_fields_set
    )
