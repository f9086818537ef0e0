"""Issues and comments on Bitbucket Cloud: no labels, no reactions, and lists by issue or pull request only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from forges.api import Api
from forges.bitbucket import shapes
from forges.bitbucket.shapes import lacking
from forges.errors import NotFound, Unsupported
from forges.exchange import Call, failing
from forges.fields import Fields
from forges.interface import Ability
from forges.model import Comment, CommentId, Issue, IssueNumber, LabelEvent, Reaction


@dataclass(frozen=True, slots=True)
class BitbucketIssues:
    """Issues, and what people say on them."""

    api: Api

    def get(self, number: IssueNumber) -> Call[Issue]:
        """One issue."""
        return shapes.issue((yield from self.api.get("issues", number)))

    def all_open(self, *, label: str = "", since: datetime | None = None) -> Call[tuple[Issue, ...]]:
        """Open issues; a label is refused, as no issue could carry it."""
        if label:
            raise Unsupported(shapes.LACKS[Ability.LABELS])
        asked = '(state="new" OR state="open" OR state="submitted")'
        asked += f" AND updated_on >= {_moment(since)}" if since else ""
        found = yield from self.api.all("issues", q=asked, pagelen=shapes.PAGE)
        return tuple(shapes.issue(each) for each in found)

    def label_events(
        self, number: IssueNumber, *, since: datetime | None = None
    ) -> Call[tuple[LabelEvent, ...]]:
        """There are none."""
        del number, since
        return failing(Unsupported(shapes.LACKS[Ability.LABEL_EVENTS]))

    def changed_since(self, issue: Issue, moment: datetime) -> Call[bool]:
        """REST does not tell edits from other changes."""
        yield from ()
        return issue.updated > moment

    def comments(self, *, since: datetime) -> Call[tuple[Comment, ...]]:
        """Those on each pull request and issue that changed since. A repository may have no issues at all."""
        asked = f"updated_on >= {_moment(since)}"
        pulls = yield from self.api.all("pullrequests", q=asked, pagelen=shapes.PAGE)
        try:
            issues = yield from self.api.all("issues", q=asked, pagelen=shapes.PAGE)
        except NotFound:
            issues = []
        found: list[Comment] = []
        for entries, on_pull in ((pulls, True), (issues, False)):
            for entry in entries:
                number = IssueNumber(entry.whole("id"))
                found += yield from self.comments_on(number, on_pull=on_pull)
        return tuple(sorted((each for each in found if each.updated >= since), key=lambda one: one.updated))

    def comments_on(self, number: IssueNumber, *, on_pull: bool = False) -> Call[tuple[Comment, ...]]:
        """All comments of one issue or pull request, without deleted ones and those on lines of code."""
        found = yield from self.api.all(*_at(number, on_pull=on_pull), "comments", pagelen=shapes.PAGE)
        return tuple(shapes.comment(each) for each in found if _said(each))

    def comment(self, number: IssueNumber, body: str, *, on_pull: bool = False) -> Call[Comment]:
        """Write a comment."""
        wanted = {"content": {"raw": body}}
        place = _at(number, on_pull=on_pull)
        return shapes.comment((yield from self.api.send("POST", wanted, *place, "comments")))

    def edit(self, comment: Comment, body: str) -> Call[Comment]:
        """Change a comment."""
        place = _at(comment.number, on_pull=comment.on_pull)
        wanted = {"content": {"raw": body}}
        made = yield from self.api.send("PUT", wanted, *place, "comments", comment.id)
        return shapes.comment(made)

    def add_labels(self, number: IssueNumber, labels: Sequence[str], *, on_pull: bool = False) -> Call[None]:
        """There are none."""
        del number, labels
        return lacking(Ability.PULL_LABELS if on_pull else Ability.LABELS)

    def remove_label(self, number: IssueNumber, label: str, *, on_pull: bool = False) -> Call[None]:
        """There are none."""
        del number, label
        return lacking(Ability.PULL_LABELS if on_pull else Ability.LABELS)

    def react(
        self, comment: CommentId | None, number: IssueNumber, reaction: Reaction, *, on_pull: bool = False
    ) -> Call[None]:
        """There are none."""
        del comment, number, reaction, on_pull
        return lacking(Ability.REACTIONS)


def _said(fields: Fields) -> bool:
    return not fields.flag("deleted") and "inline" not in fields


def _at(number: IssueNumber, *, on_pull: bool) -> tuple[str | int, ...]:
    return ("pullrequests" if on_pull else "issues", number)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds")
