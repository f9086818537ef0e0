"""Deliveries of GitHub and GitHub Enterprise Server."""

from events.deliveries.parts import HEADS, Dialect, Told, files, no_commit, ours
from events.model import About, Hint, Ignored, Text
from forges.fields import Fields
from forges.github.shapes import account
from forges.model import CommentId, RepositoryId, Sha

COMMITS = 2048
"""The most commits that a push lists."""

RED = frozenset({"failure", "timed_out", "action_required", "startup_failure"})
"""Conclusions of a check run that mean that it failed."""


def _ping(content: Fields) -> Told:
    repository = content.maybe("repository")
    return (Hint(about=About.PING, repository=RepositoryId(repository.key("id") if repository else "")),)


def _issue(content: Fields) -> Told:
    about = {"opened": About.ISSUE, "labeled": About.LABELS}.get(content.text("action", ""))
    if about is None:
        return Ignored("an issue changed; only a new one and a label can sling")
    issue = content.inner("issue")
    return (
        Hint(
            about=about,
            repository=_repository(content),
            sender=account(content.maybe("sender")),
            number=issue.whole("number"),
            text=_text(issue),
        ),
    )


def _comment(content: Fields) -> Told:
    if content.text("action", "") != "created":
        return Ignored("a comment was edited or deleted; only a new one can sling")
    issue, comment = content.inner("issue"), content.inner("comment")
    pull = "pull_request" in issue
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
    state = content.inner("review").text("state", "").lower()
    if content.text("action", "") != "submitted" or state != "changes_requested":
        return Ignored("a review that does not ask for changes")
    return (
        Hint(
            about=About.REVIEW,
            repository=_repository(content),
            sender=account(content.maybe("sender")),
            number=content.inner("pull_request").whole("number"),
        ),
    )


def _push(content: Fields) -> Told:
    ref, after = content.text("ref"), content.text("after")
    if not ref.startswith(HEADS) or no_commit(after):
        return Ignored("no branch was pushed")
    return (
        Hint(
            about=About.PUSH,
            repository=_repository(content),
            sender=account(content.maybe("sender")),
            branch=ref.removeprefix(HEADS),
            sha=Sha(after),
            files=files(content, "added", "removed", "modified", most=COMMITS),
            ours=ours(each.text("message", "") for each in content.each("commits")),
        ),
    )


def _status(content: Fields) -> Told:
    if content.text("state", "") not in {"failure", "error"}:
        return Ignored("a check that has not failed")
    return (_red(content, content.text("sha"), content.text("context", "")),)


def _check_run(content: Fields) -> Told:
    run = content.inner("check_run")
    if content.text("action", "") != "completed" or run.text("conclusion", "") not in RED:
        return Ignored("a check that has not failed")
    return (_red(content, run.text("head_sha"), run.text("name", "")),)


def _red(content: Fields, sha: str, check: str) -> Hint:
    sender = account(content.maybe("sender"))
    return Hint(about=About.CHECK, repository=_repository(content), sender=sender, sha=Sha(sha), check=check)


def _text(issue: Fields) -> Text:
    return Text(issue.text("title", ""), issue.text("body", ""))


def _repository(content: Fields) -> RepositoryId:
    return RepositoryId(content.inner("repository").key("id"))


DIALECT = Dialect(
    event=("x-github-event",),
    delivery=("x-github-delivery",),
    readers={
        "ping": _ping,
        "issues": _issue,
        "issue_comment": _comment,
        "pull_request_review": _review,
        "push": _push,
        "status": _status,
        "check_run": _check_run,
    },
)
