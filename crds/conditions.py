"""Conditions, as every Kubernetes tool reads them: `kubectl wait --for=condition=Ready` works on all six
kinds.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from crds import shapes
from crds.lists import Keyed
from crds.quantities import Count
from crds.wire import Observed

Status = Literal["True", "False", "Unknown"]


class Condition(Observed):
    """One aspect of an object's state, and since when it has been so."""

    type: Annotated[str, Field(max_length=316, pattern=shapes.CONDITION.pattern)]
    """The aspect, in CamelCase: Ready, Merged, Degraded."""

    status: Status
    """Whether the aspect holds: True, False or Unknown."""

    reason: Annotated[str, Field(min_length=1, max_length=1024, pattern=shapes.REASON.pattern)]
    """Why, as one CamelCase word for programs."""

    message: Annotated[str, Field(max_length=32768)]
    """Why, as a sentence for people."""

    last_transition_time: AwareDatetime
    """When status last changed; a change of reason or message leaves it alone."""

    observed_generation: Count | None = None
    """The metadata.generation that the condition was worked out from; lower than the object's means out of
    date.
    """


Conditions = Annotated[tuple[Condition, ...], Field(max_length=32), Keyed("type")]
"""At most one condition of each type, so that writers of different types don't undo each other."""


def with_conditions(conditions: Iterable[Condition], *changes: Condition) -> tuple[Condition, ...]:
    """The conditions with the changes in, in the order of their types.

    A change that leaves `status` as it was keeps the old transition time: it says how long a state has held.
    """
    table = {condition.type: condition for condition in conditions}
    for change in changes:
        known = table.get(change.type)
        since = known if known is not None and known.status == change.status else change
        table[change.type] = change.model_copy(update={"last_transition_time": since.last_transition_time})
    return tuple(table[name] for name in sorted(table))
