"""Deliveries of Gitea and Forgejo. `X-Gitea-Event` is coarse; `X-Gitea-Event-Type` tells a label from an edit.

A label's delivery does not say which label it was: the issue's timeline does, so it is only a hint to look there.
"""

from events.deliveries.parts import HEADS, Dialect, Told, files, ignored, no_commit, ours
from events.model import About, Hint, Ignored, Text
from forges.fields import Fields
from forges.gitea.shapes import STATES, account
from forges.model import CommentId, RepositoryId, Sha
from forges.pulls import CheckState


def _issue(content: Fields) -> Told:
    if content.text("action", "") != "opened":
        return Ignored("an issue changed; only a new one can sling")
    return (_on_issue(content, About.ISSUE),)


def _label(content: Fields) -> Told:
    if content.text("action", "") != "label_updated":
        return Ignored("labels were cleared")
    if "pull_request" in content:
        return Ignored("a pull request was labelled; only an issue's label can sling")
    return (_on_issue(content, About.LABELS),)


def _comment(content: Fields) -> Told:
    if content.text("action", "") != "created":
        return Ignored("a comment was edited or deleted; only a new one can sling")
    comment = content.inner("comment")
    pull = content.flag("is_pull")
    issue = content.maybe("issue") or content.inner("pull_request")
    return (
        Hint(
            about=About.PULL_COMMENT if pull else About.COMMENT,
            repository=_repository(content),
            sender=account(content.maybe("sender")),
            number=issue.whole("number"),
            comment=CommentId(comment.key("id")),
            words=comment.text("body", ""),
            text=None if pull else _text(issue),
        ),
    )


def _review(content: Fields) -> Told:
    number = content.inner("pull_request").whole("number")
    sender = account(content.maybe("sender"))
    return (Hint(about=About.REVIEW, repository=_repository(content), sender=sender, number=number),)


def _push(content: Fields) -> Told:
    ref, before, after = content.text("ref"), content.text("before"), content.text("after")
    if not ref.startswith(HEADS) or no_commit(after):
        return Ignored("no branch was pushed")
    if before == after:
        return Ignored("a test of the webhook: the push moved nothing")
    count = content.count("commits")
    whole = content.whole("total_commits", count) <= count
    return (
        Hint(
            about=About.PUSH,
            repository=_repository(content),
            sender=account(content.maybe("sender")),
            branch=ref.removeprefix(HEADS),
            sha=Sha(after),
            files=files(content, "added", "removed", "modified", most=count + 1) if whole else None,
            ours=ours(each.text("message", "") for each in content.each("commits")),
        ),
    )


def _status(content: Fields) -> Told:
    if STATES.get(content.text("state", "")) is not CheckState.FAILURE:
        return Ignored("a check that has not failed")
    return (
        Hint(
            about=About.CHECK,
            repository=_repository(content),
            sender=account(content.maybe("sender")),
            sha=Sha(content.text("sha")),
            check=content.text("context", ""),
        ),
    )


def _on_issue(content: Fields, about: About) -> Hint:
    issue = content.inner("issue")
    sender = account(content.maybe("sender"))
    number = issue.whole("number")
    return Hint(about=about, repository=_repository(content), sender=sender, number=number, text=_text(issue))


def _text(issue: Fields) -> Text:
    return Text(issue.text("title", ""), issue.text("body", ""))


def _repository(content: Fields) -> RepositoryId:
    return RepositoryId(content.inner("repository").key("id"))


DIALECT = Dialect(
    event=("x-gitea-event-type", "x-forgejo-event-type", "x-gitea-event", "x-forgejo-event"),
    delivery=("x-gitea-delivery", "x-forgejo-delivery"),
    readers={
        "issues": _issue,
        "issue_label": _label,
        "issue_comment": _comment,
        "pull_request_comment": _comment,
        "pull_request_rejected": _review,
        "pull_request_review_rejected": _review,
        "push": _push,
        "status": _status,
        "pull_request": ignored("a pull request changed; comments, reviews and checks of it can sling"),
    },
)
