"""What GitHub and Gitea deliver in the same form: Gitea's webhooks are shaped after GitHub's."""

from collections.abc import Callable

from events.deliveries.parts import HEADS, Told, files, no_commit, ours
from events.model import About, Hint, Ignored, Text
from forges.fields import Fields
from forges.model import Account, CommentId, RepositoryId, Sha

Accounts = Callable[[Fields | None], Account]
"""Reads an account; programs are told differently."""


def comment(content: Fields, issue: Fields, *, pull: bool, account: Accounts) -> Told:
    """A comment on an issue or a pull request."""
    if content.text("action", "") != "created":
        return Ignored("a comment was edited or deleted; only a new one can sling")
    said = content.inner("comment")
    return (
        Hint(
            about=About.PULL_COMMENT if pull else About.COMMENT,
            repository=repository(content),
            sender=account(content.maybe("sender")),
            number=issue.whole("number"),
            comment=CommentId(said.key("id")),
            words=said.text("body", ""),
            text=None if pull else text(issue),
        ),
    )


def push(content: Fields, *, most: int, account: Accounts) -> Told:
    """A push to a branch; of `most` commits and more it is not told which files they changed."""
    ref, after = content.text("ref"), content.text("after")
    if not ref.startswith(HEADS) or no_commit(after):
        return Ignored("no branch was pushed")
    return (
        Hint(
            about=About.PUSH,
            repository=repository(content),
            sender=account(content.maybe("sender")),
            branch=ref.removeprefix(HEADS),
            sha=Sha(after),
            files=files(content, "added", "removed", "modified", most=most),
            ours=ours(each.text("message", "") for each in content.each("commits")),
        ),
    )


def red(content: Fields, sha: str, check: str, *, account: Accounts) -> Hint:
    """A check that failed."""
    sender = account(content.maybe("sender"))
    return Hint(about=About.CHECK, repository=repository(content), sender=sender, sha=Sha(sha), check=check)


def on_issue(content: Fields, about: About, *, account: Accounts) -> Hint:
    """An issue that is new, or was labelled."""
    issue, sender = content.inner("issue"), account(content.maybe("sender"))
    number = issue.whole("number")
    return Hint(about=about, repository=repository(content), sender=sender, number=number, text=text(issue))


def text(issue: Fields) -> Text:
    """What an issue says."""
    return Text(issue.text("title", ""), issue.text("body", ""))


def repository(content: Fields) -> RepositoryId:
    """Where it happened."""
    return RepositoryId(content.inner("repository").key("id"))
