"""Deliveries of Bitbucket Data Center. It has no issues; a ref that was pushed names neither files nor messages."""

from events.deliveries.parts import HEADS, Dialect, Told
from events.model import About, Hint, Ignored
from forges.bitbucketserver.shapes import account
from forges.fields import Fields
from forges.model import CommentId, RepositoryId, Sha


def _ping(content: Fields) -> Told:
    del content
    return (Hint(about=About.PING),)


def _push(content: Fields) -> Told:
    repository = RepositoryId(content.inner("repository").key("id"))
    sender = account(content.maybe("actor"))
    hints = tuple(
        Hint(
            about=About.PUSH,
            repository=repository,
            sender=sender,
            branch=ref.removeprefix(HEADS),
            sha=Sha(change.text("toHash")),
        )
        for change in content.each("changes")
        if (ref := change.text("refId", "")).startswith(HEADS) and change.text("type", "") != "DELETE"
    )
    return hints or Ignored("no branch was pushed")


def _comment(content: Fields) -> Told:
    comment = content.inner("comment")
    return (
        Hint(
            about=About.PULL_COMMENT,
            repository=_of_pull(content),
            sender=account(content.maybe("actor")),
            number=content.inner("pullRequest").whole("id"),
            comment=CommentId(comment.key("id")),
            words=comment.text("text", ""),
        ),
    )


def _review(content: Fields) -> Told:
    number = content.inner("pullRequest").whole("id")
    sender = account(content.maybe("actor"))
    return (Hint(about=About.REVIEW, repository=_of_pull(content), sender=sender, number=number),)


def _of_pull(content: Fields) -> RepositoryId:
    return RepositoryId(content.inner("pullRequest").inner("toRef").inner("repository").key("id"))


DIALECT = Dialect(
    event=("x-event-key",),
    delivery=("x-request-id",),
    readers={
        "diagnostics:ping": _ping,
        "repo:refs_changed": _push,
        "pr:comment:added": _comment,
        "pr:reviewer:changes_requested": _review,
        "pr:reviewer:needs_work": _review,
    },
)
