"""How a run of an agent ended: one reason, in the agent's own words, with the next step for a person."""

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from workflows.clean import clip, plain
from workflows.exits import Reason
from workflows.orders import AgentOrders
from workflows.transcript import resets, vendors
from workflows.transcript.dialects.lines import AGAIN
from workflows.transcript.report import Report

MESSAGE_BYTES = 800
_LAST_LINES, _LAST_BYTES, _LAST_WORDS, _LAST_WAIT = 50, 16384, 3, 6
_OWN_CODES = {
    reason.value: reason
    for reason in (
        Reason.NO_CHANGES,
        Reason.ESCALATED,
        Reason.AUTH_FAILED,
        Reason.RATE_LIMITED,
        Reason.BUDGET_EXCEEDED,
        Reason.TIMED_OUT,
    )
}

_NEXT: Mapping[Reason, str] = {
    Reason.AUTH_FAILED: "log in or correct its key; what waits goes on after `gastown auth sync`",
    Reason.BUDGET_EXCEEDED: "raise the budget or pay the account, then sling the bead again",
    Reason.REFUSED: "reword the bead, or choose another model or agent",
    Reason.CONTEXT_EXCEEDED: "split the bead, or choose a model with a larger context",
    Reason.MODEL_MISSING: "correct agentConfig.model, or ask the provider for the model",
    Reason.RATE_LIMITED: "sling the bead again when the limit has passed",
}


class End(NamedTuple):
    """What the launcher saw. `escalation` is what the agent asked of a person, `stopped` and `timed_out` why it was ended by us."""

    code: int
    stopped: str = ""
    timed_out: str = ""
    escalation: str = ""


class Outcome(NamedTuple):
    """`lifts` is when a rate limit passes, where the agent said it."""

    code: int
    reason: Reason
    message: str = ""
    lifts: datetime.datetime | None = None


def outcome(
    end: End, told: Report, said: Sequence[str], agent: AgentOrders, now: datetime.datetime
) -> Outcome:
    """Judge one run. `said` are the last lines of what it printed beside its report, `now` the time with its zone."""
    if end.stopped:
        return Outcome(end.code, Reason.FAILED, end.stopped)
    if end.timed_out:
        return _timed_out(end, said, agent, now)
    if end.escalation:
        return Outcome(end.code, Reason.ESCALATED, clip(plain(end.escalation), MESSAGE_BYTES))
    reason = _reason(end.code, told, said, agent)
    words = (
        told.refused or told.error or (_line(said, reason, agent) if reason is not Reason.COMPLETED else "")
    )
    if reason is Reason.COMPLETED:
        return Outcome(end.code, reason)
    lifts = resets.lifts(f"{words}\n{_tail(said)}", now) if reason is Reason.RATE_LIMITED else None
    return Outcome(end.code, reason, _message(end.code, reason, words, agent), lifts)


def _timed_out(end: End, said: Sequence[str], agent: AgentOrders, now: datetime.datetime) -> Outcome:
    """Some agents ask again for ever, whatever they were told: what they said last tells it."""
    last = _tail(said[-_LAST_WORDS:])
    own = _own(_tail(said[-_LAST_WAIT:]), agent)
    if own in (Reason.AUTH_FAILED, Reason.BUDGET_EXCEEDED):
        return Outcome(end.code, own, _message(end.code, own, _line(said, own, agent), agent))
    if _own(last, agent) is Reason.RATE_LIMITED or vendors.meant(last) is Reason.RATE_LIMITED:
        words = f"{_line(said, Reason.RATE_LIMITED, agent)} ({end.timed_out})"
        message = _message(end.code, Reason.RATE_LIMITED, words, agent)
        return Outcome(end.code, Reason.RATE_LIMITED, message, resets.lifts(last, now))
    return Outcome(end.code, Reason.TIMED_OUT, end.timed_out)


def _reason(code: int, told: Report, said: Sequence[str], agent: AgentOrders) -> Reason:
    if told.refused:
        return Reason.REFUSED
    if told.error:
        meant = _by_words(told, agent)
        if meant is Reason.RATE_LIMITED and _refused_before(said):
            # A gateway puts away a server that refused its key, and answers 429 from then on: no wait helps.
            return Reason.AUTH_FAILED
        return meant or _by_code(code, agent) or Reason.FAILED
    reports = agent.report.format != "text"
    if code == 0 and not (agent.zero_fails or (reports and not told.spoke)):
        return Reason.COMPLETED
    known = _by_code(code, agent)
    if known:
        return known
    # One that ends well by its own account is taken at its last words only: above them it may have got over a trouble.
    text = _tail(said if code or agent.zero_fails else said[-_LAST_WORDS:])
    found = _own(text, agent) or (vendors.meant(text) if reports and not told.spoke else None)
    return found or (Reason.COMPLETED if code == 0 else Reason.FAILED)


def _refused_before(said: Sequence[str]) -> bool:
    complaints = "\n".join(line for line in said if line.startswith(("error: ", AGAIN)))
    return vendors.meant(complaints, among=(Reason.AUTH_FAILED,)) is not None


def _by_words(told: Report, agent: AgentOrders) -> Reason | None:
    own = _own(told.error, agent)
    if own is Reason.REFUSED and told.cut:
        return None  # Some tell a stream that broke as they tell an answer without words.
    return own or vendors.meant(told.error, told.status)


def _by_code(code: int, agent: AgentOrders) -> Reason | None:
    named = agent.codes.get(str(code))
    return next((reason for reason in Reason if reason.word == named), None) or _OWN_CODES.get(code)


def _own(text: str, agent: AgentOrders) -> Reason | None:
    """By the patterns of the agent's preset."""
    return next(
        (reason for reason, patterns in _patterns(agent) if any(_found(each, text) for each in patterns)),
        None,
    )


def _patterns(agent: AgentOrders) -> tuple[tuple[Reason, Sequence[str]], ...]:
    return (
        (Reason.BUDGET_EXCEEDED, agent.budget_patterns),
        (Reason.CONTEXT_EXCEEDED, agent.context_patterns),
        (Reason.MODEL_MISSING, agent.model_patterns),
        (Reason.REFUSED, agent.refusal_patterns),
        (Reason.AUTH_FAILED, agent.auth_patterns),
        (Reason.RATE_LIMITED, agent.rate_patterns),
        (Reason.FAILED, agent.failure_patterns),
    )


def _found(pattern: str, text: str) -> re.Match[str] | None:
    try:
        return re.search(pattern, text, re.MULTILINE) if pattern else None
    except re.error:
        return None


def _tail(said: Sequence[str]) -> str:
    return "\n".join(said[-_LAST_LINES:])[-_LAST_BYTES:]


def _line(said: Sequence[str], reason: Reason, agent: AgentOrders) -> str:
    """The line that tells the reason, or lines where it takes more than one; else the last one."""
    lines = [each for each in said[-_LAST_LINES:] if each.strip()]
    telling = [
        each
        for each in lines
        if _own(each, agent) is reason or (reason in vendors.WORDS and vendors.meant(each) is reason)
    ]
    return next(reversed(telling), "") or _match("\n".join(lines), reason, agent) or next(reversed(lines), "")


def _match(text: str, reason: Reason, agent: AgentOrders) -> str:
    patterns = (each for meant, found in _patterns(agent) if meant is reason for each in found)
    return next((found[0] for each in patterns if (found := _found(each, text))), "")


def _message(code: int, reason: Reason, words: str, agent: AgentOrders) -> str:
    told = clip(plain(words), MESSAGE_BYTES // 2).rstrip(".")
    if reason in _NEXT:
        head = f"{agent.name}: {told}" if told else f"{agent.name} ended with code {code}"
        return clip(f"{head}; {_NEXT[reason]}", MESSAGE_BYTES)
    return clip(f"{agent.name} ended with code {code}" + (f": {told}" if told else ""), MESSAGE_BYTES)
