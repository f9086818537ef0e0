"""Statuses as they are written: conditions that keep the time of their last change, and JSON without what is empty."""

import datetime
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from crds import Condition, Manifest, Rig, retired_fields, unhonoured_fields
from crds.wire import Observed, Wire
from workflows.observe.conditions import EPOCH
from workflows.observe.conditions import condition as observed

Times = Mapping[str, tuple[str, datetime.datetime]]
"""Of each condition that an object has: its status, and since when."""

SENTENCE = 1024
"""Longest reason that a bead waits for, as the definition of a Convoy allows it."""

REPOSITORY = "RepositoryReachable"
"""The condition of a rig that says whether its repository answers."""

UNREACHABLE = "RepositoryUnreachable"
"""Why a rig is not ready, and why convoys of it wait."""


class Problem(NamedTuple):
    """What stands in an object's way: one word for programs, and a sentence that names the next step."""

    reason: str
    message: str


def to_wire(status: Observed) -> Manifest:
    """The status as JSON, nulls and what is empty left out."""
    found = status.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {key: value for key, value in found.items() if value not in ("", [], {})}


def condition_of(conditions: Iterable[Condition], kind: str) -> Condition | None:
    """The condition of a type, None where there is none yet."""
    return next((each for each in conditions if each.type == kind), None)


def times(conditions: Iterable[Condition]) -> dict[str, tuple[str, datetime.datetime]]:
    """The times that conditions keep while their status stays."""
    return {each.type: (each.status, each.last_transition_time) for each in conditions}


def with_times(
    conditions: Iterable[Condition], known: Times, *, now: datetime.datetime, generation: int
) -> tuple[Condition, ...]:
    """Conditions in the order of their types; one whose status is as it was keeps its time, and none is older than it can be."""

    def timed(each: Condition) -> Condition:
        status, time = known.get(each.type, ("", EPOCH))
        if status != each.status or time == EPOCH:
            time = now if each.last_transition_time == EPOCH else each.last_transition_time
        return each.model_copy(update={"last_transition_time": time, "observed_generation": generation})

    return tuple(timed(each) for each in sorted(conditions, key=lambda each: each.type))


def condition(kind: str, reason: str, message: str, *, holds: bool) -> Condition:
    """A condition whose time is that at which the adapter found it so."""
    return observed(kind, reason, message[:SENTENCE], holds=holds, at=None)


def without_effect(spec: Wire) -> list[Condition]:
    """The conditions that name the fields of a spec which have no effect: retired ones, and those that do nothing yet."""
    told = (
        ("RetiredFields", "WithoutEffect", retired_fields(spec)),
        ("NotHonoured", "DoesNothingYet", unhonoured_fields(spec)),
    )
    return [
        condition(kind, reason, "; ".join(sentences), holds=True)
        for kind, reason, sentences in told
        if sentences
    ]


def unreachable(rig: Rig) -> str:
    """The sentence for whoever waits for a rig whose repository is known not to answer; empty otherwise."""
    found = condition_of(rig.status.conditions, REPOSITORY)
    if found is None or found.status != "False":
        return ""
    return f"rig {rig.metadata.name}: {found.message}"
