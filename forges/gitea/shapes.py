"""Gitea's JSON as our model. Webhooks carry the same objects as the API, so that both are read here."""

from forges.fields import Fields
from forges.githublike import shapes as githublike
from forges.model import (
    NOBODY,
    Account,
    AccountId,
    Branch,
    Comment,
    CommentId,
    Commit,
    Issue,
    IssueNumber,
    LabelEvent,
    MergeMethod,
    PullNumber,
    Repository,
    RepositoryId,
    Rules,
    Sha,
)
from forges.pulls import Check, CheckState, PullRequest, PullState, Review, Verdict

PAGE = 50
"""The most entries that Gitea puts on a page."""

STATES = {
    "pending": CheckState.PENDING,
    "success": CheckState.SUCCESS,
    "skipped": CheckState.SUCCESS,
    "warning": CheckState.SUCCESS,
    "failure": CheckState.FAILURE,
    "error": CheckState.FAILURE,
}
VERDICTS = {
    "APPROVED": Verdict.APPROVED,
    "REQUEST_CHANGES": Verdict.CHANGES_REQUESTED,
    "COMMENT": Verdict.COMMENTED,
}
METHODS = {
    "allow_merge_commits": MergeMethod.MERGE,
    "allow_squash_merge": MergeMethod.SQUASH,
    "allow_rebase": MergeMethod.REBASE,
}
DRAFT = "WIP: "
"""A title that begins so makes the pull request a draft; Gitea has no other way."""


def account(fields: Fields | None) -> Account:
    """A user. Gitea's own accounts (ghost, actions) have ids below zero."""
    if fields is None:
        return NOBODY
    number = fields.whole("id")
    return Account(id=AccountId(str(number)), name=fields.text("login"), bot=number < 0)


def repository(fields: Fields) -> Repository:
    """A repository."""
    return githublike.repository(fields, methods=METHODS)


def issue(fields: Fields) -> Issue:
    """An issue; `content_version` is raised by each edit of its body, from Gitea 1.26 on."""
    version = str(fields.whole("content_version")) if "content_version" in fields else ""
    return githublike.issue(fields, account=account, version=version)


def label_event(fields: Fields, number: IssueNumber) -> LabelEvent:
    """An entry of type `label` of the timeline: its body is `1` when the label was put on."""
    return LabelEvent(
        id=fields.key("id"),
        number=number,
        label=fields.inner("label").text("name"),
        added=fields.text("body", "") == "1",
        actor=account(fields.maybe("user")),
        at=fields.time("created_at"),
    )


def comment(fields: Fields) -> Comment:
    """A comment; which issue it is on stands only in an address."""
    pull = fields.text("pull_request_url", "")
    return Comment(
        id=CommentId(fields.key("id")),
        number=githublike.number_in(pull or fields.text("issue_url")),
        author=account(fields.maybe("user")),
        body=fields.text("body", ""),
        created=fields.time("created_at"),
        updated=fields.time("updated_at"),
        url=fields.text("html_url", ""),
        on_pull=bool(pull),
    )


def branch(fields: Fields) -> Branch:
    """A branch with its protection."""
    return Branch(
        name=fields.text("name"),
        sha=Sha(fields.inner("commit").text("id")),
        rules=Rules(
            protected=fields.flag("protected"),
            checks=fields.words("status_check_contexts") if fields.flag("enable_status_check") else (),
            approvals=fields.whole("required_approvals", 0),
        ),
    )


def check(fields: Fields) -> Check:
    """A status of a commit; Gitea 1.26 calls its state `status`."""
    return Check(
        context=fields.text("context"),
        state=STATES.get(fields.text("status", ""), CheckState.PENDING),
        description=fields.text("description", ""),
        url=fields.text("target_url", ""),
    )


def pull(fields: Fields) -> PullRequest:
    """A pull request; the head of a deleted fork has no repository, which is another one than the base's."""
    head, base = fields.inner("head"), fields.inner("base")
    merged = fields.flag("merged")
    if merged:
        state = PullState.MERGED
    else:
        state = PullState.OPEN if fields.text("state") == "open" else PullState.CLOSED
    return PullRequest(
        id=fields.key("id"),
        number=PullNumber(fields.whole("number")),
        title=fields.text("title"),
        body=fields.text("body", ""),
        author=account(fields.maybe("user")),
        state=state,
        draft=fields.flag("draft"),
        head=head.text("ref"),
        head_sha=Sha(head.text("sha", "")),
        head_repository=RepositoryId(str(head.whole("repo_id", 0))),
        base=base.text("ref"),
        base_repository=RepositoryId(base.key("repo_id")),
        labels=githublike.labels(fields),
        url=fields.text("html_url", ""),
        created=fields.time("created_at"),
        updated=fields.time("updated_at"),
        merge_commit=Sha(fields.text("merge_commit_sha")) if merged else None,
        mergeable=True if fields.flag("mergeable") else None,  # false means conflict or not worked out yet
    )


def review(fields: Fields) -> Review | None:
    """A review; None for what is no verdict: a request for one, a draft."""
    verdict = VERDICTS.get(fields.text("state", ""))
    if verdict is None or fields.flag("dismissed"):
        return None
    return Review(
        id=fields.key("id"),
        author=account(fields.maybe("user")),
        verdict=verdict,
        body=fields.text("body", ""),
        sha=Sha(fields.text("commit_id", "")),
        at=fields.time("submitted_at"),
        official=fields.flag("official"),
        stale=fields.flag("stale"),
    )


def commit(fields: Fields) -> Commit:
    """A commit."""
    return githublike.commit(fields, account=account)
