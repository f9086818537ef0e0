"""The calls of a pull request's life. Each can be killed between any two requests, and called again."""

from forges.errors import Reason, Refused
from forges.exchange import Call
from forges.interface import Ability, Forge
from forges.model import IssueNumber, Rules, Sha
from forges.pulls import Check, PullRequest, PullState
from workflows.refinery.modes.pr.decision import (
    Decision,
    Merged,
    Moved,
    Waiting,
    decide,
    ended,
    refused,
)
from workflows.refinery.modes.pr.model import SUBJECT, Standing, Terms, Work

LOOK_AGAIN = frozenset({Reason.MERGED, Reason.CLOSED, Reason.HEAD_MOVED})
"""Refusals after which the pull request is not what was looked at."""


def propose(forge: Forge, work: Work, terms: Terms, status: Check) -> Call[PullRequest]:
    """Open the pull request, or take the open one of the branch, and post how the gates stand: a forge that asks for them waits from then on."""
    pull = yield from forge.pulls.open(
        head=work.branch, base=terms.base, title=work.title[:SUBJECT], body=work.body, draft=terms.draft
    )
    if pull.is_at(work.sha):
        yield from forge.commits.set_status(work.sha, status)
    missing = [label for label in terms.labels if label not in pull.labels]
    if missing and forge.can(Ability.PULL_LABELS):
        yield from forge.issues.add_labels(IssueNumber(pull.number), missing, on_pull=True)
    if terms.reviewers and forge.can(Ability.REQUEST_REVIEWERS):
        yield from forge.pulls.request_reviewers(pull.number, terms.reviewers)
    return pull


def post(forge: Forge, work: Work, terms: Terms, status: Check) -> Call[None]:
    """Say how the gates stand, where the work has an open pull request."""
    found = yield from forge.pulls.find(head=work.branch, base=terms.base)
    if found and found.state is PullState.OPEN and found.is_at(work.sha):
        yield from forge.commits.set_status(work.sha, status)


def look(forge: Forge, pull: PullRequest, rules: Rules) -> Call[Standing]:
    """Everything that decides about an open pull request."""
    if pull.state is not PullState.OPEN:
        return Standing(pull=pull, checks=(), reviews=(), rules=rules)
    checks = yield from forge.commits.checks(pull.head_sha)
    reviews = yield from forge.pulls.reviews(pull.number)
    return Standing(pull=pull, checks=checks, reviews=reviews, rules=rules)


def consider(
    forge: Forge,
    pull: PullRequest,
    work: Work,
    terms: Terms,
    rules: Rules,
    *,
    passed: Check | None = None,
    posted: bool = False,
) -> Call[Decision]:
    """Look and decide. Merge says that nothing is missing any more; whoever gets it claims the merge and calls `merge`.

    `passed` is posted where the forge does not show it yet, and it was not `posted` just now.
    """
    standing = yield from look(forge, pull, rules)
    if passed and pull.state is PullState.OPEN and pull.is_at(work.sha):
        others = tuple(each for each in standing.checks if each.context != passed.context)
        shown = any(each.state is passed.state for each in standing.checks if each not in others)
        if not shown and not posted:
            yield from forge.commits.set_status(work.sha, passed)
        standing = standing._replace(checks=(*others, Check(passed.context, passed.state)))
    return decide(standing, work, terms)


def merge(
    forge: Forge, pull: PullRequest, work: Work, terms: Terms, rules: Rules, *, known: bool = False
) -> Call[Decision]:
    """Merge what was considered, if it is still open at that head. Ends in a decision that is no Merge.

    It is asked for once more before, unless it is `known` to be as it was: the forge itself refuses another head.
    """
    now = pull if known else (yield from forge.pulls.get(pull.number))
    over = ended(now)
    if over is not None:
        return over
    if not now.is_at(work.sha):
        return Moved(now.head_sha)
    if terms.queue and rules.queue and forge.can(Ability.MERGE_QUEUE):
        yield from forge.pulls.enqueue(now)
        return Waiting(Reason.CHECKING, "it is in the forge's merge queue")
    try:
        done = yield from forge.pulls.merge(
            now, method=terms.method, title=work.title[:SUBJECT], body=work.message
        )
    except Refused as error:
        if error.reason in LOOK_AGAIN:
            return (yield from _again(forge, now, work, error))
        return refused(error)
    return ended(done) or Merged(Sha(""))


def _again(forge: Forge, pull: PullRequest, work: Work, error: Refused) -> Call[Decision]:
    """It is not what was looked at any more: say what it is."""
    now = yield from forge.pulls.get(pull.number)
    if now.state is PullState.OPEN and not now.is_at(work.sha):
        return Moved(now.head_sha)
    return ended(now) or Waiting(Reason.CHECKING, error.words)
