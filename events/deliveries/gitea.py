"""Deliveries of Gitea and Forgejo. `X-Gitea-Event` is coarse; `X-Gitea-Event-Type` tells a label from an edit.

A label's delivery does not say which label it was: the issue's timeline does, so it is only a hint to look there.
"""

from events.deliveries import githublike
from events.deliveries.parts import Dialect, Told, ignored
from events.model import About, Hint, Ignored
from forges.fields import Fields
from forges.gitea.shapes import STATES, account
from forges.pulls import CheckState


def _issue(content: Fields) -> Told:
    if content.text("action", "") != "opened":
        return Ignored("an issue changed; only a new one can sling")
    return (githublike.on_issue(content, About.ISSUE, account=account),)


def _label(content: Fields) -> Told:
    if content.text("action", "") != "label_updated":
        return Ignored("labels were cleared")
    if "pull_request" in content:
        return Ignored("a pull request was labelled; only an issue's label can sling")
    return (githublike.on_issue(content, About.LABELS, account=account),)


def _comment(content: Fields) -> Told:
    issue = content.maybe("issue") or content.inner("pull_request")
    return githublike.comment(content, issue, pull=content.flag("is_pull"), account=account)


def _review(content: Fields) -> Told:
    number = content.inner("pull_request").whole("number")
    sender = account(content.maybe("sender"))
    return (
        Hint(about=About.REVIEW, repository=githublike.repository(content), sender=sender, number=number),
    )


def _push(content: Fields) -> Told:
    if content.text("before") == content.text("after"):
        return Ignored("a test of the webhook: the push moved nothing")
    count = content.count("commits")
    whole = content.whole("total_commits", count) <= count
    return githublike.push(content, most=count + 1 if whole else 0, account=account)


def _status(content: Fields) -> Told:
    if STATES.get(content.text("state", "")) is not CheckState.FAILURE:
        return Ignored("a check that has not failed")
    return (githublike.red(content, content.text("sha"), content.text("context", ""), account=account),)


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
