"""What a person's word changes of a convoy, the same on one machine and in a cluster."""

from collections.abc import Sequence
from typing import Any

from crds import BeadAnswer, ConvoySpec
from workflows.errors import Refused

_STEERING = {"stop", "suspend", "attempt", "retry", "answers", "land"}
"""What verbs change of a convoy does not make another one of it."""


def same_work(one: ConvoySpec, other: ConvoySpec) -> bool:
    """Whether two convoys are the same one, apart from what people have said of it since."""
    return one.model_dump(exclude=_STEERING) == other.model_dump(exclude=_STEERING)


def answered(spec: ConvoySpec, answer: BeadAnswer, *, begun: bool) -> dict[str, Any]:
    """The fields of the spec that let an agent hear an answer, in an attempt at this bead alone.

    `begun` is whether the convoy's attempt has begun; one that still waits for the end of the one before it takes the bead up as well.
    Raises Refused for work that no agent does.
    """
    if any(each.id == answer.bead and each.by_hand for each in spec.beads):
        raise Refused(
            f"bead {answer.bead}: no agent works it; push to its branch and retry it in the merge queue, or end it there"
        )
    return {
        "answers": (*spec.answers, answer),
        "land": tuple(each for each in spec.land if each != answer.bead),
        **_taken_up(spec, [answer.bead], begun=begun),
    }


def landed(spec: ConvoySpec, beads: Sequence[str], *, begun: bool) -> dict[str, Any]:
    """The fields of the spec that let held beads into the target; `begun` as above."""
    return {"land": _with(spec.land, beads), **_taken_up(spec, beads, begun=begun)}


def _taken_up(spec: ConvoySpec, beads: Sequence[str], *, begun: bool) -> dict[str, Any]:
    return {
        "retry": _with(() if begun else spec.retry, beads),
        "attempt": spec.attempt + begun,
        "stop": False,
    }


def _with(known: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *more)))
