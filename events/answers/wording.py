"""The one comment on an issue: what was taken, how it stands, what came of it. Pure.

No line of it begins with a command, and nothing that others wrote stands in it outside of code: a comment of ours
must never be what slings the next convoy, nor mention anybody.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from crds import Convoy, Polecat
from events.model import QUIET, Decision, Reason
from workflows import clean
from workflows.clock import LONG_AGO
from workflows.refs import work_branch

MARK = "<!-- gastown:{rig} -->"
"""Stands at the top of our comment, so that it is found again; its author's id is what makes it ours."""

MOST = 5
"""Convoys of one issue that are listed, the newest first."""

DIGITS = 12


@dataclass(frozen=True, slots=True)
class Told:
    """One convoy as its issue's comment tells it."""

    convoy: Convoy
    polecats: Sequence[Polecat]


def mark(rig: str) -> str:
    """What our comment for a rig begins with."""
    return MARK.format(rig=rig)


def comment(rig: str, told: Sequence[Told], *, refusal: str = "") -> str:
    """The whole comment."""
    newest = sorted(told, key=lambda each: _at(each.convoy), reverse=True)[:MOST]
    parts = [mark(rig), *(_paragraph(each) for each in newest)]
    if refusal:
        parts.append(f"Not slung: {plain(refusal)}.")
    return "\n\n".join(parts)


def tells(decision: Decision) -> str:
    """What is told of a refusal, empty where silence is better: to who may not trigger we do not even write."""
    if decision.made or decision.reason in QUIET or decision.reason in {Reason.TOO_OLD, Reason.NOTHING_READY}:
        return ""
    return decision.message


def _paragraph(told: Told) -> str:
    convoy, source = told.convoy, told.convoy.spec.source
    digest = source.text_digest[:DIGITS] if source else ""
    lines = [f"**{_state(convoy)}** · convoy `{convoy.metadata.name}` · text `{digest}`"]
    lines += [f"- {each}" for each in map(_bead, told.polecats) if each]
    reasons = [f"- `{plain(each.bead)}`: {code(each.reason)}" for each in convoy.status.waiting[:3]]
    if convoy.status.phase in {"Pending", "InProgress"}:
        lines += reasons
    elif convoy.status.cost_usd:  # before the end it is another one with each look, and each edit is a call
        lines.append(f"- cost: ${convoy.status.cost_usd:.2f}")
    return "\n".join(lines)


def _state(convoy: Convoy) -> str:
    match convoy.status.phase:
        case "Pending":
            return "Taken"
        case "InProgress":
            return "At work"
        case "Complete":
            return "Merged" if convoy.status.merged_beads else "Done"
        case _:
            return "Not merged"


def _bead(polecat: Polecat) -> str:
    status = polecat.status
    if status.merged_commit:
        return f"merged as {status.merged_commit}"
    bead = polecat.spec.bead_id or polecat.metadata.name
    if status.phase in {"Done", "Stuck", "Terminated"}:
        why = code(status.summary) if status.summary else ""
        return f"{status.reason or status.phase} on branch {code(work_branch(bead))} {why}".rstrip()
    return ""


def code(text: str) -> str:
    """Words of others as code in one line: no mention, no link, no markup."""
    return f"`{plain(text)[:300]}`"


def plain(text: str) -> str:
    """One line without what would end a code span, and without what is not seen or turns the order of letters."""
    return clean.plain(text).replace("`", "'")


def _at(convoy: Convoy) -> datetime.datetime:
    source = convoy.spec.source
    return source.at if source else LONG_AGO
