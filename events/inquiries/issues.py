"""New issues, labels and comments on issues, each with the text that was there when it happened, or void."""

import dataclasses
import datetime

from crds.triggers import Event
from events.inquiries.scope import SLACK, Scope
from events.model import Hint, Occurrence, Text
from events.triggers import rules
from forges.errors import NotFound
from forges.exchange import Call
from forges.model import Account, Comment, Issue, IssueNumber, LabelEvent

CHANGED = "the issue's text was changed, or may have been, since this was asked for; read it and ask again"
GONE = "the comment was deleted"
EDITED = "the comment was edited; write a new one"
WITHDRAWN = "the label was taken off again"


def opened(scope: Scope, hint: Hint) -> Call[tuple[Occurrence, ...]]:
    """The issue of a delivery, as a new one."""
    issue = yield from _issue(scope, hint.number)
    return () if issue is None or issue.is_pull else (new(scope, issue),)


def new(scope: Scope, issue: Issue) -> Occurrence:
    """A new issue. Whoever may change its text later may write, as its author must."""
    return _on(scope, issue, "IssueOpened", issue.id, at=issue.created, sender=issue.author)


def labelled(scope: Scope, hint: Hint) -> Call[tuple[Occurrence, ...]]:
    """The labels on the issue of a delivery."""
    issue = yield from _issue(scope, hint.number)
    return () if issue is None else (yield from labels_on(scope, issue, hint))


def labels_on(scope: Scope, issue: Issue, hint: Hint | None = None) -> Call[tuple[Occurrence, ...]]:
    """Each time that a label of a trigger was put on the issue."""
    wanted = {label.lower() for each in rules.of_event(scope.rig, "IssueLabelled") for label in each.labels}
    if issue.is_pull or not wanted:
        return ()
    events = yield from scope.forge.issues.label_events(issue.number)
    added = [
        each for each in events if each.added and each.label.lower() in wanted and each.at >= scope.since
    ]
    found = []
    for each in added:
        void = _withdrawn(scope, each, events)
        if not void:
            seen = hint if each is _meant(hint, added) else None
            void = yield from _unlike(scope, issue, each.at, seen)
        added_one = _on(scope, issue, "IssueLabelled", each.id, at=each.at, sender=each.actor)
        found.append(dataclasses.replace(added_one, label=each.label, void=void))
    return tuple(found)


def _meant(hint: Hint | None, added: list[LabelEvent]) -> LabelEvent | None:
    """The label event that a delivery tells of: the newest of its sender."""
    mine = [each for each in added if hint is not None and each.actor.id == hint.sender.id]
    return mine[-1] if mine else None


def _withdrawn(scope: Scope, event: LabelEvent, events: tuple[LabelEvent, ...]) -> str:
    """A label that a person took off is no wish any more; we take it off ourselves once it was heeded."""
    later = [each for each in events if each.label == event.label and not each.added and each.at >= event.at]
    after = [each for each in later if events.index(each) > events.index(event)]
    return WITHDRAWN if after and after[0].actor.id != scope.me.id else ""


def commented(scope: Scope, hint: Hint) -> Call[tuple[Occurrence, ...]]:
    """The comment of a delivery."""
    issue = yield from _issue(scope, hint.number)
    if issue is None or issue.is_pull:
        return ()
    comments = yield from scope.forge.issues.comments_on(issue.number)
    comment = next((each for each in comments if each.id == hint.comment), None)
    if comment is None:
        return (_deleted(scope, issue, hint),)
    return ((yield from comment_on(scope, issue, comment, hint)),)


def comment_on(scope: Scope, issue: Issue, comment: Comment, hint: Hint | None = None) -> Call[Occurrence]:
    """A comment that may hold a command. An edited one never does: what it said at first is not known."""
    if comment.updated > comment.created + SLACK or (
        hint is not None and hint.words not in {None, comment.body}
    ):
        void = EDITED
    else:
        void = yield from _unlike(scope, issue, comment.created, hint)
    found = _on(scope, issue, "Comment", comment.id, at=comment.created, sender=comment.author)
    url = comment.url or issue.url
    return dataclasses.replace(found, words=comment.body, comment=comment.id, url=url, void=void)


def _deleted(scope: Scope, issue: Issue, hint: Hint) -> Occurrence:
    """A comment that was there when its delivery was sent, and is not any more."""
    return Occurrence(
        event="Comment",
        object=hint.comment,
        at=issue.updated,
        repository=scope.repository,
        sender=hint.sender,
        number=issue.number,
        url=issue.url,
        words=hint.words or "",
        labels=issue.labels,
        void=GONE,
    )


def _unlike(scope: Scope, issue: Issue, at: datetime.datetime, hint: Hint | None) -> Call[str]:
    """Why the text may not be the one that was there at that moment, empty where it is.

    A delivery carries the text of its moment. A poll has none, so the forge must show that nothing was changed since.
    """
    if hint is not None and hint.text is not None:
        return "" if hint.text == Text(issue.title, issue.body) else CHANGED
    if issue.updated <= at + SLACK:
        return ""
    changed = yield from scope.forge.issues.changed_since(issue, at)
    return CHANGED if changed else ""


def _issue(scope: Scope, number: int) -> Call[Issue | None]:
    try:
        return (yield from scope.forge.issues.get(IssueNumber(number)))
    except NotFound:
        return None


def _on(
    scope: Scope, issue: Issue, event: Event, thing: str, *, at: datetime.datetime, sender: Account
) -> Occurrence:
    return Occurrence(
        event=event,
        object=thing,
        at=at,
        repository=scope.repository,
        sender=sender,
        number=issue.number,
        url=issue.url,
        text=Text(issue.title, issue.body),
        labels=issue.labels,
    )
