"""What to do about a pull request, from what the forge says. Pure and level-triggered: the same state, the same decision."""

from typing import NamedTuple, TypeAlias

from forges.errors import Reason, Refused
from forges.model import Rules, Sha
from forges.pulls import Check, CheckState, PullRequest, PullState, Review, Verdict
from workflows.refinery.modes.pr.model import Standing, Terms, Wait, Work


class Merge(NamedTuple):
    """Everything that was asked for is there."""


class Waiting(NamedTuple):
    """Nothing to do before something changes; `words` say what, to people."""

    reason: Reason
    words: str


class Rework(NamedTuple):
    """Back to the agent, on the same branch, with these words."""

    reason: Reason
    words: str


class Moved(NamedTuple):
    """Somebody pushed to the branch: their commits are kept, and the gates run on them."""

    sha: Sha


class Merged(NamedTuple):
    """It is on the base, by whomever; empty where the forge does not name the commit."""

    sha: Sha


class Declined(NamedTuple):
    """A person closed it."""

    words: str


Decision: TypeAlias = Merge | Waiting | Rework | Moved | Merged | Declined

HAND_BACK = frozenset({Reason.CHECKS_FAILED, Reason.BEHIND, Reason.CONFLICT})
"""Refusals that an agent can do something about."""


def ended(pull: PullRequest) -> Merged | Declined | None:
    """The decision that needs no further question."""
    if pull.state is PullState.MERGED:
        return Merged(pull.merge_commit or Sha(""))
    if pull.state is PullState.CLOSED:
        return Declined(f"pull request {pull.number} was closed without being merged")
    return None


def unseen(pull: PullRequest, rules: Rules, terms: Terms) -> Waiting | None:
    """What one that was opened just now waits for in any case, so that neither checks nor reviews need be asked for."""
    if pull.draft:
        return Waiting(Reason.DRAFT, "it is a draft; a person marks it as ready")
    needed = max(rules.approvals, 0 if terms.wait is Wait.CHECKS else 1)
    return Waiting(Reason.REVIEW_REQUIRED, f"0 of {needed} approvals") if needed else None


def decide(standing: Standing, work: Work, terms: Terms) -> Decision:
    """What to do next. The order is that of what stands in the way: a person's word before a machine's."""
    pull = standing.pull
    over = ended(pull)
    if over is not None:
        return over
    if pull.base != terms.base:
        return Waiting(Reason.BLOCKED, f"its base was changed to {pull.base}; change it back to {terms.base}")
    if not pull.is_at(work.sha):
        return Moved(pull.head_sha)
    objections = _objections(standing.reviews)
    new = [each for each in objections if each.sha in {"", work.sha}]
    if new:
        return Rework(Reason.CHANGES_REQUESTED, _requests(new))
    found = _checks(standing, terms)
    if found is not None:
        return found
    if objections:
        names = ", ".join(each.author.name for each in objections)
        return Waiting(Reason.CHANGES_REQUESTED, f"new commits answer {names}; waiting for another look")
    if pull.draft:
        return Waiting(Reason.DRAFT, "it is a draft; a person marks it as ready")
    return _people(standing, terms)


def refused(error: Refused) -> Waiting | Rework:
    """What the forge's refusal of a merge means; those that need another look are not asked here."""
    words = error.words or str(error)
    return Rework(error.reason, words) if error.reason in HAND_BACK else Waiting(error.reason, words)


def _objections(reviews: tuple[Review, ...]) -> list[Review]:
    """The last official verdict of each person, where it asks for changes; a comment takes no verdict back."""
    last = {
        each.author.id: each for each in reviews if each.official and each.verdict is not Verdict.COMMENTED
    }
    return [each for each in last.values() if each.verdict is Verdict.CHANGES_REQUESTED]


def _requests(reviews: list[Review]) -> str:
    return "\n\n".join(f"{each.author.name} asks for changes:\n{each.body}".rstrip() for each in reviews)


def _checks(standing: Standing, terms: Terms) -> Waiting | Rework | None:
    """What checks say: those that the rules require, and all that the forge shows. The gates' own must be green."""
    by_name = {each.context: each for each in standing.checks}
    wanted = {*standing.rules.checks, terms.context}
    failed = [each for each in by_name.values() if each.state is CheckState.FAILURE]
    if failed:
        return Rework(Reason.CHECKS_FAILED, "\n".join(map(_line, failed)))
    open_ = sorted(
        {each.context for each in by_name.values() if each.state is CheckState.PENDING}
        | {name for name in wanted if name not in by_name}
    )
    if open_:
        return Waiting(Reason.CHECKS_PENDING, f"waiting for {', '.join(open_)}")
    return None


def _line(check: Check) -> str:
    return " ".join(part for part in (f"{check.context} failed.", check.description, check.url) if part)


def _people(standing: Standing, terms: Terms) -> Waiting | Merge:
    approvals = {
        each.author.id
        for each in standing.reviews
        if each.official and not each.stale and each.verdict is Verdict.APPROVED
    }
    needed = max(standing.rules.approvals, 0 if terms.wait is Wait.CHECKS else 1)
    if terms.wait is Wait.PERSON and len(approvals) >= standing.rules.approvals:
        return Waiting(Reason.REVIEW_REQUIRED, "all is green; a person merges it")
    if len(approvals) < needed:
        return Waiting(Reason.REVIEW_REQUIRED, f"{len(approvals)} of {needed} approvals")
    return Merge()
