"""Whether a rig's repository answers: asked once for each change of what that depends on, and again, ever later, while it does not.

The adapter holds no credentials, so a pod asks, as a Workflow that the rig owns; what it found stands in the rig's status.
"""

import dataclasses
import datetime
from collections.abc import Iterable

from adapter.objects.conditions import REPOSITORY, SENTENCE, condition, condition_of
from crds import Condition, RepositoryCheck, Rig
from workflows.observe import CheckObservation

FIRST, LAST = 30.0, 1800.0
"""Seconds before a repository that did not answer is asked again; each time twice as long."""

_KNOWN_REASONS = 64


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What is known of a repository, and what comes next: `ask` is the number of the question to ask now, None for none;
    `requeue_after` in how many seconds one falls due.
    """

    condition: Condition
    known: RepositoryCheck | None
    ask: int | None = None
    requeue_after: float | None = None


def reach(rig: Rig, checks: Iterable[CheckObservation], *, of: str, now: datetime.datetime) -> Reach:
    """Where the question stands. `of` is the digest of what the answer depends on, `checks` the Workflows that ask."""
    before = rig.status.repository
    known = before if before and before.of == of else None
    attempt = known.failures if known else 0
    current = next((each for each in checks if (each.of, each.attempt) == (of, attempt)), None)
    last = condition_of(rig.status.conditions, REPOSITORY) if known else None
    if known and not known.failures and last:
        return Reach(condition=last, known=known)
    if current is None:
        due = _due(known, now) if known else 0.0
        waits = last or unknown("Checking", "its repository is asked whether it answers")
        if due > 0:
            return Reach(condition=waits, known=known, requeue_after=due)
        return Reach(condition=waits, known=known, ask=attempt)
    if not current.ended:
        waits = last or unknown("Checking", "its repository is asked whether it answers")
        return Reach(condition=waits, known=known)
    return _answered(current, now=now)


def hindered(rig: Rig, problem: str) -> Reach:
    """Nobody could be sent to ask."""
    return Reach(condition=unknown("NotChecked", problem), known=rig.status.repository)


def unknown(reason: str, message: str) -> Condition:
    """The condition while nothing is known."""
    found = condition(REPOSITORY, reason, message, holds=False)
    return found.model_copy(update={"status": "Unknown"})


def _answered(check: CheckObservation, *, now: datetime.datetime) -> Reach:
    failures = 0 if check.reachable else check.attempt + 1
    known = RepositoryCheck(of=check.of, failures=failures, at=check.finished or now)
    message = check.message[:SENTENCE]
    if check.reachable:
        answered = condition(
            REPOSITORY, check.reason, "its repository answers and has the branch", holds=True
        )
        return Reach(condition=answered, known=known)
    if check.reachable is None:
        answered = unknown(
            "CheckFailed", f"the check came to nothing: {message or 'it ended without a word'}"
        )
    else:
        answered = condition(REPOSITORY, check.reason[:_KNOWN_REASONS], message or check.reason, holds=False)
    return Reach(condition=answered, known=known, requeue_after=max(1.0, _due(known, now)))


def _due(known: RepositoryCheck, now: datetime.datetime) -> float:
    """Seconds until the next question."""
    delay = min(LAST, FIRST * 2 ** min(known.failures - 1, 16)) if known.failures else 0.0
    return delay - (now - known.at).total_seconds()
