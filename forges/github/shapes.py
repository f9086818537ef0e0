"""GitHub's JSON as our model. Webhooks carry the same objects as the API, so that both are read here."""

from forges.fields import Fields
from forges.githublike import shapes as githublike
from forges.model import (
    NOBODY,
    Account,
    AccountId,
    Comment,
    CommentId,
    Commit,
    Delivery,
    Issue,
    IssueNumber,
    LabelEvent,
    MergeMethod,
    Permission,
    PullNumber,
    Repository,
    RepositoryId,
    Sha,
)
from forges.pulls import Check, CheckState, PullRequest, PullState, Review, Verdict

PAGE = 100
"""The most entries that GitHub puts on a page."""

STATES = {"success": CheckState.SUCCESS, "pending": CheckState.PENDING}
"""Of a status; `failure` and `error` are the rest."""
CONCLUSIONS = {"success", "neutral", "skipped"}
"""Of a check run that does not hold up a merge."""
PERMISSIONS = {"admin": Permission.ADMIN, "write": Permission.WRITE, "read": Permission.READ}
VERDICTS = {
    "APPROVED": Verdict.APPROVED,
    "CHANGES_REQUESTED": Verdict.CHANGES_REQUESTED,
    "COMMENTED": Verdict.COMMENTED,
}
METHODS = {
    "allow_merge_commit": MergeMethod.MERGE,
    "allow_squash_merge": MergeMethod.SQUASH,
    "allow_rebase_merge": MergeMethod.REBASE,
}


def account(fields: Fields | None) -> Account:
    """A user; the name of a bot ends in `[bot]`, but only its type says so."""
    if fields is None:
        return NOBODY
    return Account(
        id=AccountId(fields.key("id")), name=fields.text("login"), bot=fields.text("type", "User") != "User"
    )


def repository(fields: Fields) -> Repository:
    """A repository."""
    return githublike.repository(fields, methods=METHODS)


def issue(fields: Fields) -> Issue:
    """An issue."""
    return githublike.issue(fields, account=account)


def label_event(fields: Fields, number: IssueNumber) -> LabelEvent:
    """An entry `labeled` or `unlabeled` of an issue's events."""
    return LabelEvent(
        id=fields.key("id"),
        number=number,
        label=fields.inner("label").text("name"),
        added=fields.text("event") == "labeled",
        actor=account(fields.maybe("actor")),
        at=fields.time("created_at"),
    )


def comment(fields: Fields) -> Comment:
    """A comment; which issue it is on stands only in an address."""
    url = fields.text("html_url", "")
    return Comment(
        id=CommentId(fields.key("id")),
        number=githublike.number_in(fields.text("issue_url")),
        author=account(fields.maybe("user")),
        body=fields.text("body", ""),
        created=fields.time("created_at"),
        updated=fields.time("updated_at"),
        url=url,
        on_pull="/pull/" in url,
    )


def status(fields: Fields) -> Check:
    """A status of a commit."""
    return Check(
        context=fields.text("context"),
        state=STATES.get(fields.text("state"), CheckState.FAILURE),
        description=fields.text("description", ""),
        url=fields.text("target_url", ""),
    )


def check_run(fields: Fields) -> Check:
    """A check run of an App; without a conclusion it has not ended."""
    ended = fields.text("conclusion", "")
    if not ended:
        state = CheckState.PENDING
    else:
        state = CheckState.SUCCESS if ended in CONCLUSIONS else CheckState.FAILURE
    return Check(
        context=fields.text("name"),
        state=state,
        description=(fields.inner("output").text("title", "") if "output" in fields else ""),
        url=fields.text("details_url", ""),
    )


def delivery(fields: Fields) -> Delivery:
    """One try; a redelivery has the same guid and another id."""
    action = fields.text("action", "")
    return Delivery(
        id=fields.text("guid"),
        event=".".join(part for part in (fields.text("event"), action) if part),
        at=fields.time("delivered_at"),
        status=fields.whole("status_code", 0),
    )


def pull(fields: Fields) -> PullRequest:
    """A pull request; the head of a deleted fork has no repository, which is another one than the base's."""
    head, base = fields.inner("head"), fields.inner("base")
    fork = head.maybe("repo")
    merged = "merged_at" in fields
    if merged:
        state = PullState.MERGED
    else:
        state = PullState.OPEN if fields.text("state") == "open" else PullState.CLOSED
    return PullRequest(
        id=fields.text("node_id", ""),
        number=PullNumber(fields.whole("number")),
        title=fields.text("title"),
        body=fields.text("body", ""),
        author=account(fields.maybe("user")),
        state=state,
        draft=fields.flag("draft"),
        head=head.text("ref"),
        head_sha=Sha(head.text("sha")),
        head_repository=RepositoryId(fork.key("id") if fork else ""),
        base=base.text("ref"),
        base_repository=RepositoryId(base.inner("repo").key("id")),
        labels=githublike.labels(fields),
        url=fields.text("html_url", ""),
        created=fields.time("created_at"),
        updated=fields.time("updated_at"),
        merge_commit=Sha(fields.text("merge_commit_sha")) if merged else None,
        mergeable=fields.perhaps("mergeable"),
    )


def review(fields: Fields) -> Review | None:
    """A review as GraphQL has it: it says who may push, which REST does not. None for a draft or a dismissed one."""
    verdict = VERDICTS.get(fields.text("state"))
    if verdict is None:
        return None
    author = fields.maybe("author")
    commit = fields.maybe("commit")
    return Review(
        id=fields.key("fullDatabaseId"),
        author=_reviewer(author) if author else NOBODY,
        verdict=verdict,
        body=fields.text("body", ""),
        sha=Sha(commit.text("oid")) if commit else Sha(""),
        at=fields.time("submittedAt"),
        official=fields.flag("authorCanPushToRepository"),
    )


def _reviewer(fields: Fields) -> Account:
    number = fields.whole("databaseId", 0)
    return Account(
        id=AccountId(str(number or "")),
        name=fields.text("login"),
        bot=fields.text("__typename", "User") != "User",
    )


def commit(fields: Fields) -> Commit:
    """A commit."""
    return githublike.commit(fields, account=account)
