"""The repair: all that the forge has now and that a trigger of the rig listens to, whether or not a webhook told of it."""

import datetime

from events.inquiries import issues, pulls, pushes
from events.inquiries.scope import Scope
from events.model import Occurrence
from events.triggers import rules
from forges.errors import NotFound
from forges.exchange import Call
from forges.model import Comment, IssueNumber, PullNumber

MOST = 200
"""Labelled issues that are looked into in one go, the newest first."""


def everything(scope: Scope, *, now: datetime.datetime) -> Call[tuple[Occurrence, ...]]:
    """What happened since the scope's moment, and what stands there still."""
    found: list[Occurrence] = []
    listens = {each.event for each in scope.rig.spec.triggers}
    if "IssueOpened" in listens:
        created = yield from scope.forge.issues.all_open(since=scope.since)
        found += [issues.new(scope, each) for each in created if each.created >= scope.since]
    if "IssueLabelled" in listens:
        found += yield from _labelled(scope)
    if listens & {"Comment", "PullRequestComment"}:
        found += yield from _commented(scope)
    if listens & {"ChangesRequested", "CheckFailed"}:
        found += yield from _pulls(
            scope, reviews="ChangesRequested" in listens, checks="CheckFailed" in listens
        )
    if "Push" in listens:
        found += yield from pushes.head(scope, now=now)
    return tuple(found)


def _labelled(scope: Scope) -> Call[list[Occurrence]]:
    """Labels are current state: what stands on an issue is asked for, however long ago the webhook was lost."""
    labels = dict.fromkeys(
        label for each in rules.of_event(scope.rig, "IssueLabelled") for label in each.labels
    )
    labelled = {}
    for label in labels:
        for each in (yield from scope.forge.issues.all_open(label=label)):
            labelled[each.number] = each
    found: list[Occurrence] = []
    for issue in sorted(labelled.values(), key=lambda each: each.number, reverse=True)[:MOST]:
        found += yield from issues.labels_on(scope, issue)
    return found


def _commented(scope: Scope) -> Call[list[Occurrence]]:
    commands = {each.command for each in scope.rig.spec.triggers if each.command}
    comments = yield from scope.forge.issues.comments(since=scope.since)
    found: list[Occurrence] = []
    for each in comments:
        if each.created >= scope.since and any(rules.commanded(each.body, command) for command in commands):
            found += yield from _comment(scope, each)
    return found


def _comment(scope: Scope, comment: Comment) -> Call[list[Occurrence]]:
    try:
        if comment.on_pull:
            pull = yield from scope.forge.pulls.get(PullNumber(comment.number))
            return [pulls.comment_on(scope, pull, comment)]
        issue = yield from scope.forge.issues.get(IssueNumber(comment.number))
    except NotFound:
        return []
    return [(yield from issues.comment_on(scope, issue, comment))]


def _pulls(scope: Scope, *, reviews: bool, checks: bool) -> Call[list[Occurrence]]:
    found: list[Occurrence] = []
    for pull in (yield from scope.forge.pulls.all_open()):
        if reviews:
            found += yield from pulls.reviews_of(scope, pull)
        if checks:
            found += yield from pulls.checks_of(scope, pull)
    return found
