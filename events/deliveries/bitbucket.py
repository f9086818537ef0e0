"""Deliveries of Bitbucket Cloud. Accounts and repositories are known by `uuid`; issues have no labels."""

from events.deliveries.parts import Dialect, Told, ours
from events.model import About, Hint, Ignored, Text
from forges.bitbucket.shapes import account
from forges.fields import Fields
from forges.model import NOBODY, Account, CommentId, RepositoryId, Sha


def _issue(content: Fields) -> Told:
    issue = content.inner("issue")
    return (
        Hint(
            about=About.ISSUE,
            repository=_repository(content),
            sender=_account(content.maybe("actor")),
            number=issue.whole("id"),
            text=_text(issue),
        ),
    )


def _issue_comment(content: Fields) -> Told:
    issue = content.inner("issue")
    return (_commented(content, About.COMMENT, issue.whole("id"), text=_text(issue)),)


def _pull_comment(content: Fields) -> Told:
    return (_commented(content, About.PULL_COMMENT, content.inner("pullrequest").whole("id"), text=None),)


def _commented(content: Fields, about: About, number: int, *, text: Text | None) -> Hint:
    comment = content.inner("comment")
    return Hint(
        about=about,
        repository=_repository(content),
        sender=_account(content.maybe("actor")),
        number=number,
        comment=CommentId(comment.key("id")),
        words=comment.inner("content").text("raw", ""),
        text=text,
    )


def _review(content: Fields) -> Told:
    number = content.inner("pullrequest").whole("id")
    sender = _account(content.maybe("actor"))
    return (Hint(about=About.REVIEW, repository=_repository(content), sender=sender, number=number),)


def _push(content: Fields) -> Told:
    hints = tuple(
        Hint(
            about=About.PUSH,
            repository=_repository(content),
            sender=_account(content.maybe("actor")),
            branch=new.text("name"),
            sha=Sha(new.inner("target").text("hash")),
            ours=not change.flag("truncated")
            and ours(each.text("message", "") for each in change.each("commits")),
        )
        for change in content.inner("push").each("changes")
        if (new := change.maybe("new")) is not None and new.text("type", "branch") == "branch"
    )
    return hints or Ignored("no branch was pushed")


def _status(content: Fields) -> Told:
    status = content.inner("commit_status")
    if status.text("state", "") not in {"FAILED", "STOPPED"}:
        return Ignored("a check that has not failed")
    commit = status.inner("links").inner("commit").text("href", "").rstrip("/").rsplit("/", 1)[-1]
    return (
        Hint(
            about=About.CHECK,
            repository=_repository(content),
            sender=_account(content.maybe("actor")),
            sha=Sha(commit),
            check=status.text("key", ""),
        ),
    )


def _account(fields: Fields | None) -> Account:
    """A deleted account has no id."""
    return account(fields) if fields is not None and "uuid" in fields else NOBODY


def _text(issue: Fields) -> Text:
    content = issue.maybe("content")
    return Text(issue.text("title", ""), content.text("raw", "") if content else "")


def _repository(content: Fields) -> RepositoryId:
    return RepositoryId(content.inner("repository").key("uuid"))


DIALECT = Dialect(
    event=("x-event-key",),
    delivery=("x-request-uuid",),
    readers={
        "issue:created": _issue,
        "issue:comment_created": _issue_comment,
        "pullrequest:comment_created": _pull_comment,
        "pullrequest:changes_request_created": _review,
        "repo:push": _push,
        "repo:commit_status_created": _status,
        "repo:commit_status_updated": _status,
    },
)
