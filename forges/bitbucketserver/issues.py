"""Comments on pull requests of Bitbucket Data Center; it has no issues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from forges.api import Api
from forges.bitbucketserver import shapes
from forges.errors import Unsupported
from forges.exchange import Call, failing
from forges.interface import Ability
from forges.model import Comment, CommentId, Issue, IssueNumber, LabelEvent, Reaction


@dataclass(frozen=True, slots=True)
class ServerIssues:
    """What people say on pull requests."""

    api: Api

    def get(self, number: IssueNumber) -> Call[Issue]:
        """There are none."""
        del number
        return failing(Unsupported(shapes.LACKS[Ability.ISSUES]))

    def all_open(self, *, label: str = "", since: datetime | None = None) -> Call[tuple[Issue, ...]]:
        """There are none."""
        del label, since
        return failing(Unsupported(shapes.LACKS[Ability.ISSUES]))

    def label_events(
        self, number: IssueNumber, *, since: datetime | None = None
    ) -> Call[tuple[LabelEvent, ...]]:
        """There are none."""
        del number, since
        return failing(Unsupported(shapes.LACKS[Ability.LABEL_EVENTS]))

    def changed_since(self, issue: Issue, moment: datetime) -> Call[bool]:
        """There are none."""
        del issue, moment
        return failing(Unsupported(shapes.LACKS[Ability.ISSUES]))

    def comments(self, *, since: datetime) -> Call[tuple[Comment, ...]]:
        """Those on open pull requests that changed since."""
        pulls = yield from self.api.all("pull-requests", state="OPEN", order="NEWEST", limit=shapes.PAGE)
        found: list[Comment] = []
        for fields in pulls:
            pull = shapes.pull(fields)
            if pull.updated >= since:
                found += yield from self.comments_on(IssueNumber(pull.number))
        return tuple(sorted((each for each in found if each.updated >= since), key=lambda one: one.updated))

    def comments_on(self, number: IssueNumber, *, on_pull: bool = False) -> Call[tuple[Comment, ...]]:
        """All comments, from the pull request's activities, oldest first; those on lines of code stay out."""
        del on_pull
        entries = yield from self.api.all("pull-requests", number, "activities", limit=shapes.PAGE)
        said = (
            each
            for each in entries
            if each.text("action", "") == "COMMENTED"
            and each.text("commentAction", "") == "ADDED"
            and "commentAnchor" not in each
        )
        found = [shapes.comment(each.inner("comment"), number) for each in said]
        return tuple(sorted(found, key=lambda one: one.created))

    def comment(self, number: IssueNumber, body: str, *, on_pull: bool = False) -> Call[Comment]:
        """Write a comment."""
        del on_pull
        made = yield from self.api.send("POST", {"text": body}, "pull-requests", number, "comments")
        return shapes.comment(made, number)

    def edit(self, comment: Comment, body: str) -> Call[Comment]:
        """Change a comment: its version of now must be named."""
        place = ("pull-requests", comment.number, "comments", comment.id)
        now = yield from self.api.get(*place)
        made = yield from self.api.send("PUT", {"text": body, "version": now.whole("version")}, *place)
        return shapes.comment(made, comment.number)

    def add_labels(self, number: IssueNumber, labels: Sequence[str], *, on_pull: bool = False) -> Call[None]:
        """There are none."""
        del number, labels
        return failing(Unsupported(shapes.LACKS[Ability.PULL_LABELS if on_pull else Ability.LABELS]))

    def remove_label(self, number: IssueNumber, label: str, *, on_pull: bool = False) -> Call[None]:
        """There are none."""
        del number, label
        return failing(Unsupported(shapes.LACKS[Ability.PULL_LABELS if on_pull else Ability.LABELS]))

    def react(
        self, comment: CommentId | None, number: IssueNumber, reaction: Reaction, *, on_pull: bool = False
    ) -> Call[None]:
        """There are none."""
        del comment, number, reaction, on_pull
        return failing(Unsupported(shapes.LACKS[Ability.REACTIONS]))
