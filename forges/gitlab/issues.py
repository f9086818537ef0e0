"""Issues and notes on GitLab."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from forges.api import Api
from forges.errors import NotFound
from forges.exchange import Call
from forges.gitlab import shapes
from forges.model import Comment, CommentId, Issue, IssueNumber, LabelEvent, Reaction


@dataclass(frozen=True, slots=True)
class GitLabIssues:
    """Issues, and what people say and do on them."""

    api: Api

    def get(self, number: IssueNumber) -> Call[Issue]:
        """One issue."""
        return shapes.issue((yield from self.api.get("issues", number)))

    def all_open(self, *, label: str = "", since: datetime | None = None) -> Call[tuple[Issue, ...]]:
        """Open issues."""
        asked = {"labels": label} if label else {}
        asked |= {"updated_after": since.astimezone(UTC).isoformat()} if since else {}
        found = yield from self.api.all("issues", state="opened", per_page=shapes.PAGE, **asked)
        return tuple(shapes.issue(each) for each in found)

    def label_events(
        self, number: IssueNumber, *, since: datetime | None = None
    ) -> Call[tuple[LabelEvent, ...]]:
        """The issue's resource label events. A label that was deleted since has no name: left out."""
        found = yield from self.api.all("issues", number, "resource_label_events", per_page=shapes.PAGE)
        events = [shapes.label_event(each, number) for each in found if "label" in each]
        return tuple(event for event in events if since is None or event.at >= since)

    def changed_since(self, issue: Issue, moment: datetime) -> Call[bool]:
        """GitLab notes each change of title and description by itself."""
        notes = yield from self.api.all("issues", issue.number, "notes", sort="asc", per_page=shapes.PAGE)
        edits = (
            each for each in notes if each.flag("system") and each.text("body", "").startswith(shapes.EDITS)
        )
        return any(each.time("created_at") > moment for each in edits)

    def comments(self, *, since: datetime) -> Call[tuple[Comment, ...]]:
        """New notes, from the project's events: GitLab lists notes for one issue only, and events by whole days."""
        before = (since.astimezone(UTC) - timedelta(days=1)).date().isoformat()
        found = yield from self.api.all(
            "events", action="commented", after=before, sort="asc", per_page=shapes.PAGE
        )
        notes = [note for each in found if (note := each.maybe("note")) and not note.flag("system")]
        kinds = {"Issue", "MergeRequest"}
        made = (shapes.comment(note) for note in notes if note.text("noteable_type") in kinds)
        return tuple(comment for comment in made if comment.updated >= since)

    def comments_on(self, number: IssueNumber, *, on_pull: bool = False) -> Call[tuple[Comment, ...]]:
        """All notes of people, oldest first."""
        found = yield from self.api.all(
            *_at(number, on_pull=on_pull), "notes", sort="asc", per_page=shapes.PAGE
        )
        return tuple(shapes.comment(each) for each in found if not each.flag("system"))

    def comment(self, number: IssueNumber, body: str, *, on_pull: bool = False) -> Call[Comment]:
        """Write a note."""
        made = yield from self.api.send("POST", {"body": body}, *_at(number, on_pull=on_pull), "notes")
        return shapes.comment(made)

    def edit(self, comment: Comment, body: str) -> Call[Comment]:
        """Change a note."""
        place = _at(comment.number, on_pull=comment.on_pull)
        return shapes.comment((yield from self.api.send("PUT", {"body": body}, *place, "notes", comment.id)))

    def add_labels(self, number: IssueNumber, labels: Sequence[str], *, on_pull: bool = False) -> Call[None]:
        """Put labels on; GitLab makes those that do not exist."""
        yield from self.api.act("PUT", {"add_labels": ",".join(labels)}, *_at(number, on_pull=on_pull))

    def remove_label(self, number: IssueNumber, label: str, *, on_pull: bool = False) -> Call[None]:
        """Take a label off."""
        yield from self.api.act("PUT", {"remove_labels": label}, *_at(number, on_pull=on_pull))

    def react(
        self, comment: CommentId | None, number: IssueNumber, reaction: Reaction, *, on_pull: bool = False
    ) -> Call[None]:
        """Award an emoji. The same again is answered by 404 `already been taken`."""
        place = _at(number, on_pull=on_pull)
        place = place if comment is None else (*place, "notes", comment)
        try:
            yield from self.api.act("POST", {"name": reaction.value}, *place, "award_emoji")
        except NotFound as error:
            if "already been taken" not in str(error):
                raise


def _at(number: IssueNumber, *, on_pull: bool) -> tuple[str | int, ...]:
    return ("merge_requests" if on_pull else "issues", number)
