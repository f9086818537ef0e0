"""What a person's word changes of a convoy, the same on one machine and in a cluster."""

from typing import Any

from crds import BeadAnswer, ConvoySpec


def answered(spec: ConvoySpec, answer: BeadAnswer, *, begun: bool) -> dict[str, Any]:
    """The fields of the spec that let an agent hear an answer, in an attempt at this bead alone.

    `begun` is whether the convoy's attempt has begun; one that still waits for the end of the one before it takes the bead up as well.
    """
    return {
        "answers": (*spec.answers, answer),
        "retry": (*(() if begun else spec.retry), answer.bead),
        "attempt": spec.attempt + begun,
        "stop": False,
    }
