"""What a person would want to be called for: a question, a failure, expired credentials, most of a budget spent, the end. Pure."""

import dataclasses
import enum
from collections.abc import Iterator, Sequence

from crds import Convoy, Polecat
from workflows.exits import Reason
from workflows.observe.polecat import waits_for_login
from workflows.observe.reasons import DEPENDENCY_FAILED, NOT_RUN, STOPPED

MOST_OF_IT = 0.8
"""The part of a budget that is worth a call: what is left still lets a person decide."""

_NO_CALL = frozenset({DEPENDENCY_FAILED, NOT_RUN, STOPPED, Reason.TERMINATED.word})
"""Reasons of failures that follow from another one, or that a person brought about."""


class Kind(enum.StrEnum):
    """What a call is about."""

    QUESTION = "question"
    FAILURE = "failure"
    CREDENTIALS = "credentials"
    BUDGET = "budget"
    END = "end"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One call. `bead` is empty where it is about the convoy as a whole; `version` tells a second failure from the first."""

    kind: Kind
    convoy: str
    rig: str
    bead: str = ""
    version: str
    text: str

    @property
    def id(self) -> str:
        """The same for the same thing, whoever looks and whenever."""
        return f"{self.kind} {self.bead} {self.version}"


def news(convoy: Convoy, polecats: Sequence[Polecat]) -> tuple[News, ...]:
    """All that a convoy has given reason to call for, in the order in which it is told."""
    return tuple(_news(convoy, polecats))


def _news(convoy: Convoy, polecats: Sequence[Polecat]) -> Iterator[News]:
    name, status = convoy.metadata.name, convoy.status
    attempt, rig = str(convoy.spec.attempt), convoy.rig
    for each in polecats:
        bead, state = each.spec.bead_id, each.status
        if bead in status.failed_beads and state.reason not in _NO_CALL:
            asks = state.reason == Reason.ESCALATED.word
            text = f"{bead} {'asks' if asks else 'failed'}: {state.summary or state.reason}"
            kind = Kind.QUESTION if asks else Kind.FAILURE
            yield News(kind=kind, convoy=name, rig=rig, bead=bead, version=attempt, text=text)
    if waits := next((each for each in polecats if waits_for_login(each.status)), None):
        text = f"convoy {name} waits for credentials: {waits.status.summary}"
        # Once for all beads that wait, and again when those that were renewed are refused.
        yield News(kind=Kind.CREDENTIALS, convoy=name, rig=rig, version=str(waits.status.attempts), text=text)
    spent, total = status.cost_usd or 0.0, convoy.spec.budget.total_usd if convoy.spec.budget else 0.0
    if total and spent >= MOST_OF_IT * total:
        text = f"convoy {name} has spent ${spent:.2f} of its ${total:g}"
        # Who raises the budget is called again.
        yield News(kind=Kind.BUDGET, convoy=name, rig=rig, version=f"{total:g}", text=text)
    if status.ended:
        lost = f", {len(status.failed_beads)} failed" if status.failed_beads else ""
        text = f"convoy {name}: {status.phase}, {status.progress} done{lost}"
        yield News(kind=Kind.END, convoy=name, rig=rig, version=attempt, text=text)
