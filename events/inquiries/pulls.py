"""Comments, reviews and failed checks on pull requests of our own work branches."""

from events.inquiries.issues import EDITED
from events.inquiries.scope import SLACK, Scope
from events.model import Hint, Occurrence, Text
from events.triggers import rules
from forges.errors import NotFound
from forges.exchange import Call
from forges.model import Comment, IssueNumber, PullNumber, Sha
from forges.pulls import CheckState, PullRequest, PullState, Review, Verdict

OWN_CHECKS = "gastown/"
"""What the names of our own checks begin with: what they say is known already."""


def ours(pull: PullRequest) -> bool:
    """Whether it is about a work branch of this repository, which may be worked again."""
    return pull.state is PullState.OPEN and not pull.from_fork and pull.head.startswith(rules.WORK)


def commented(scope: Scope, hint: Hint) -> Call[tuple[Occurrence, ...]]:
    """The comment of a delivery."""
    comments = yield from scope.forge.issues.comments_on(IssueNumber(hint.number), on_pull=True)
    comment = next((each for each in comments if each.id == hint.comment), None)
    pull = yield from _pull(scope, hint.number)
    if comment is None or pull is None:
        return ()
    return (comment_on(scope, pull, comment, hint),)


def comment_on(scope: Scope, pull: PullRequest, comment: Comment, hint: Hint | None = None) -> Occurrence:
    """A comment that may hold a command."""
    edited = comment.updated > comment.created + SLACK or (
        hint is not None and hint.words not in {None, comment.body}
    )
    return Occurrence(
        event="PullRequestComment",
        object=comment.id,
        at=comment.created,
        repository=scope.repository,
        sender=comment.author,
        number=pull.number,
        pull=True,
        url=comment.url or pull.url,
        text=Text(f"Work again on {pull.title}", ""),
        words=comment.body,
        branch="" if pull.from_fork else pull.head,
        sha=pull.head_sha,
        comment=comment.id,
        void=EDITED if edited else "",
    )


def reviewed(scope: Scope, hint: Hint) -> Call[tuple[Occurrence, ...]]:
    """The reviews of the pull request of a delivery."""
    pull = yield from _pull(scope, hint.number)
    return () if pull is None else (yield from reviews_of(scope, pull))


def reviews_of(scope: Scope, pull: PullRequest) -> Call[tuple[Occurrence, ...]]:
    """Each review that asks for changes."""
    if not ours(pull):
        return ()
    reviews = yield from scope.forge.pulls.reviews(pull.number)
    asking = [
        each for each in reviews if each.verdict is Verdict.CHANGES_REQUESTED and each.at >= scope.since
    ]
    return tuple(_review(scope, pull, each) for each in asking)


def _review(scope: Scope, pull: PullRequest, review: Review) -> Occurrence:
    return Occurrence(
        event="ChangesRequested",
        object=review.id,
        at=review.at,
        repository=scope.repository,
        sender=review.author,
        number=pull.number,
        pull=True,
        url=pull.url,
        text=Text(f"Make the changes that a review asks for: {pull.title}", ""),
        words=review.body,
        branch=pull.head,
        sha=pull.head_sha,
    )


def failed(scope: Scope, hint: Hint) -> Call[tuple[Occurrence, ...]]:
    """The failed checks on the commit of a delivery, where it is the head of a work branch's pull request."""
    if hint.check.startswith(OWN_CHECKS):
        return ()
    pulls = yield from scope.forge.pulls.all_open()
    found: list[Occurrence] = []
    for pull in pulls:
        if _at_head(pull, hint.sha) and ours(pull):
            found.extend((yield from checks_of(scope, pull)))
    return tuple(found)


def _at_head(pull: PullRequest, sha: Sha) -> bool:
    """Whether the commit is the pull request's head, of which Bitbucket Cloud gives the first digits only."""
    return bool(pull.head_sha) and sha.startswith(pull.head_sha)


def checks_of(scope: Scope, pull: PullRequest) -> Call[tuple[Occurrence, ...]]:
    """The failed checks on the head of a pull request: one occurrence for each head."""
    checks = yield from scope.forge.commits.checks(Sha(pull.head_sha))
    red = [
        each
        for each in checks
        if each.state is CheckState.FAILURE and not each.context.startswith(OWN_CHECKS)
    ]
    if not red or not ours(pull):
        return ()
    told = "\n".join(f"- {each.context}: {each.description} {each.url}".rstrip() for each in red)
    return (
        Occurrence(
            event="CheckFailed",
            object=f"{pull.head}@{pull.head_sha}",
            at=pull.updated,
            repository=scope.repository,
            number=pull.number,
            pull=True,
            url=pull.url,
            text=Text(f"Make the checks pass: {pull.title}", ""),
            words=told,
            branch=pull.head,
            sha=pull.head_sha,
            checks=tuple(each.context for each in red),
        ),
    )


def _pull(scope: Scope, number: int) -> Call[PullRequest | None]:
    try:
        return (yield from scope.forge.pulls.get(PullNumber(number)))
    except NotFound:
        return None
