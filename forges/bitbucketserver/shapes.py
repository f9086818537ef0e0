"""Bitbucket Data Center's JSON as our model. Times are milliseconds, branches are full refs."""

from collections.abc import Mapping

from forges.api import with_query
from forges.exchange import Answer, Request
from forges.fields import Fields
from forges.interface import Ability
from forges.model import (
    NOBODY,
    Account,
    AccountId,
    Comment,
    CommentId,
    Commit,
    Hook,
    IssueNumber,
    PullNumber,
    Repository,
    RepositoryId,
    Sha,
)
from forges.pulls import Check, CheckState, PullRequest, PullState

PAGE = 100

_NO_ISSUES = "Bitbucket Data Center has no issues."
LACKS: Mapping[Ability, str] = {
    Ability.ISSUES: _NO_ISSUES,
    Ability.LABELS: _NO_ISSUES,
    Ability.LABEL_EVENTS: _NO_ISSUES,
    Ability.PULL_LABELS: "Pull requests of Bitbucket Data Center have no labels.",
    Ability.REACTIONS: "Bitbucket Data Center's API has no reactions; the comment says what happens.",
    Ability.EXPECTED_HEAD: (
        "Bitbucket Data Center merges by the version of the pull request; its head is looked at right before."
    ),
    Ability.MERGE_QUEUE: "Bitbucket Data Center's automatic merge takes commits pushed later, so it is not used.",
    Ability.CONDITIONAL: "Bitbucket Data Center sends no ETag with its lists.",
}

STATES = {
    "SUCCESSFUL": CheckState.SUCCESS,
    "FAILED": CheckState.FAILURE,
    "CANCELLED": CheckState.FAILURE,
}
POSTED = {
    CheckState.PENDING: "INPROGRESS",
    CheckState.SUCCESS: "SUCCESSFUL",
    CheckState.FAILURE: "FAILED",
}
PULL_STATES = {"OPEN": PullState.OPEN, "MERGED": PullState.MERGED}
HEADS = "refs/heads/"


def following(request: Request, answer: Answer) -> str | None:
    """The next page, by the number of its first entry."""
    page = Fields(answer.json(request), where=str(request))
    if page.flag("isLastPage", default=True) or "nextPageStart" not in page:
        return None
    return with_query(request.url, start=page.whole("nextPageStart"))


def account(fields: Fields | None) -> Account:
    """A user; the accounts of access tokens are of type SERVICE."""
    if fields is None:
        return NOBODY
    return Account(
        id=AccountId(fields.key("id")),
        name=fields.text("name"),
        bot=fields.text("type", "NORMAL") != "NORMAL",
    )


def repository(fields: Fields, *, default: str) -> Repository:
    """A repository; what the token may do with it is not told."""
    links = fields.inner("links")
    https = [each.text("href") for each in links.each("clone") if each.text("name") in {"http", "https"}]
    pages = [each.text("href") for each in links.each("self")]
    return Repository(
        id=RepositoryId(fields.key("id")),
        name=f"{fields.inner('project').text('key')}/{fields.text('slug')}",
        url=next(iter(pages), ""),
        clone_url=next(iter(https), ""),
        default_branch=default,
        private=not fields.flag("public"),
        archived=fields.flag("archived"),
    )


def comment(fields: Fields, number: IssueNumber, *, url: str = "") -> Comment:
    """A comment on a pull request."""
    return Comment(
        id=CommentId(fields.key("id")),
        number=number,
        author=account(fields.maybe("author")),
        body=fields.text("text", ""),
        created=fields.milliseconds("createdDate"),
        updated=fields.milliseconds("updatedDate"),
        url=url,
        on_pull=True,
    )


def check(fields: Fields) -> Check:
    """A build status."""
    return Check(
        context=fields.text("key"),
        state=STATES.get(fields.text("state"), CheckState.PENDING),
        description=fields.text("description", ""),
        url=fields.text("url", ""),
    )


def hook(fields: Fields) -> Hook:
    """A webhook."""
    return Hook(
        id=fields.key("id"),
        url=fields.text("url"),
        active=fields.flag("active"),
        events=frozenset(fields.words("events")),
    )


def pull(fields: Fields) -> PullRequest:
    """A pull request."""
    source, target = fields.inner("fromRef"), fields.inner("toRef")
    state = PULL_STATES.get(fields.text("state"), PullState.CLOSED)
    pages = fields.inner("links").each("self") if "links" in fields else iter(())
    return PullRequest(
        id=fields.key("id"),
        number=PullNumber(fields.whole("id")),
        title=fields.text("title"),
        body=fields.text("description", ""),
        author=account(fields.inner("author").maybe("user") if "author" in fields else None),
        state=state,
        draft=fields.flag("draft"),
        head=source.text("id").removeprefix(HEADS),
        head_sha=Sha(source.text("latestCommit", "")),
        head_repository=RepositoryId(source.inner("repository").key("id")),
        base=target.text("id").removeprefix(HEADS),
        base_repository=RepositoryId(target.inner("repository").key("id")),
        labels=(),
        url=next((each.text("href") for each in pages), ""),
        created=fields.milliseconds("createdDate"),
        updated=fields.milliseconds("updatedDate"),
        merge_commit=_merged_as(fields) if state is PullState.MERGED else None,
        version=str(fields.whole("version")),
    )


def _merged_as(fields: Fields) -> Sha | None:
    properties = fields.maybe("properties")
    merge = properties.maybe("mergeCommit") if properties else None
    return Sha(merge.text("id")) if merge else None


def commit(fields: Fields) -> Commit:
    """A commit; an author who has no account has no id."""
    author = fields.inner("author")
    return Commit(
        sha=Sha(fields.text("id")),
        message=fields.text("message", ""),
        author=account(author) if "id" in author else NOBODY,
        at=fields.milliseconds("committerTimestamp"),
    )
