"""Issues and comments on GitHub. A pull request is an issue there, with the same numbers, labels and comments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from forges.exchange import Call
from forges.github import shapes
from forges.githublike.issues import LikeIssues, Shapes
from forges.model import Comment, Issue, IssueNumber, LabelEvent


@dataclass(frozen=True, slots=True)
class GitHubIssues(LikeIssues):
    """Issues, and what people say and do on them."""

    read: ClassVar[Shapes] = shapes

    def all_open(self, *, label: str = "", since: datetime | None = None) -> Call[tuple[Issue, ...]]:
        """Open issues; GitHub lists pull requests among them, which are left out."""
        asked = {"labels": label} if label else {}
        asked |= {"since": moment(since)} if since else {}
        found = yield from self.api.all("issues", state="open", per_page=shapes.PAGE, **asked)
        return tuple(issue for each in found if not (issue := shapes.issue(each)).is_pull)

    def label_events(
        self, number: IssueNumber, *, since: datetime | None = None
    ) -> Call[tuple[LabelEvent, ...]]:
        """The issue's events `labeled` and `unlabeled`; all are asked, as this list knows no time."""
        entries = yield from self.api.all("issues", number, "events", per_page=shapes.PAGE)
        changes = (each for each in entries if each.text("event") in {"labeled", "unlabeled"})
        events = (shapes.label_event(each, number) for each in changes)
        return tuple(event for event in events if since is None or event.at >= since)

    def changed_since(self, issue: Issue, moment: datetime) -> Call[bool]:
        """REST does not tell edits from other changes."""
        yield from ()
        return issue.updated > moment

    def comments(self, *, since: datetime) -> Call[tuple[Comment, ...]]:
        """Comments of the whole repository."""
        found = yield from self.api.all(
            "issues",
            "comments",
            since=moment(since),
            sort="updated",
            direction="asc",
            per_page=shapes.PAGE,
        )
        return tuple(shapes.comment(each) for each in found)

    def comments_on(self, number: IssueNumber, *, on_pull: bool = False) -> Call[tuple[Comment, ...]]:
        """All comments of one issue."""
        del on_pull
        found = yield from self.api.all("issues", number, "comments", per_page=shapes.PAGE)
        return tuple(shapes.comment(each) for each in found)

    def add_labels(self, number: IssueNumber, labels: Sequence[str], *, on_pull: bool = False) -> Call[None]:
        """Put labels on; GitHub makes those that do not exist."""
        del on_pull
        yield from self.api.act("POST", {"labels": list(labels)}, "issues", number, "labels")

    def remove_label(self, number: IssueNumber, label: str, *, on_pull: bool = False) -> Call[None]:
        """Take a label off."""
        del on_pull
        yield from self.api.delete("issues", number, "labels", label)


def moment(value: datetime) -> str:
    """A time as GitHub takes it."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
