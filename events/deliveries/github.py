"""Deliveries of GitHub and GitHub Enterprise Server."""

from events.deliveries import githublike
from events.deliveries.parts import Dialect, Told
from events.model import About, Hint, Ignored
from forges.fields import Fields
from forges.github.shapes import account
from forges.model import RepositoryId

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
    return (githublike.on_issue(content, about, account=account),)


def _comment(content: Fields) -> Told:
    issue = content.inner("issue")
    return githublike.comment(content, issue, pull="pull_request" in issue, account=account)


def _review(content: Fields) -> Told:
    state = content.inner("review").text("state", "").lower()
    if content.text("action", "") != "submitted" or state != "changes_requested":
        return Ignored("a review that does not ask for changes")
    return (
        Hint(
            about=About.REVIEW,
            repository=githublike.repository(content),
            sender=account(content.maybe("sender")),
            number=content.inner("pull_request").whole("number"),
        ),
    )


def _push(content: Fields) -> Told:
    return githublike.push(content, most=COMMITS, account=account)


def _status(content: Fields) -> Told:
    if content.text("state", "") not in {"failure", "error"}:
        return Ignored("a check that has not failed")
    return (githublike.red(content, content.text("sha"), content.text("context", ""), account=account),)


def _check_run(content: Fields) -> Told:
    run = content.inner("check_run")
    if content.text("action", "") != "completed" or run.text("conclusion", "") not in RED:
        return Ignored("a check that has not failed")
    return (githublike.red(content, run.text("head_sha"), run.text("name", ""), account=account),)


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
