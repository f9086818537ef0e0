"""Issues and comments on Gitea. A pull request is an issue there, with the same numbers, labels and comments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from forges.errors import NotFound
from forges.exchange import Call
from forges.gitea import shapes
from forges.githublike.issues import LikeIssues, Shapes
from forges.model import Comment, Issue, IssueNumber, LabelEvent


@dataclass(frozen=True, slots=True)
class GiteaIssues(LikeIssues):
    """Issues, and what people say and do on them."""

    read: ClassVar[Shapes] = shapes

    def all_open(self, *, label: str = "", since: datetime | None = None) -> Call[tuple[Issue, ...]]:
        """Open issues."""
        asked = {"labels": label} if label else {}
        asked |= changed_since(since)
        found = yield from self.api.all("issues", state="open", type="issues", limit=shapes.PAGE, **asked)
        return tuple(shapes.issue(each) for each in found)

    def label_events(
        self, number: IssueNumber, *, since: datetime | None = None
    ) -> Call[tuple[LabelEvent, ...]]:
        """The timeline's entries of type `label`. A label that was deleted since has none of its name: left out."""
        entries = yield from self.api.all(
            "issues", number, "timeline", limit=shapes.PAGE, **changed_since(since)
        )
        changes = (each for each in entries if each.text("type", "") == "label" and "label" in each)
        return tuple(shapes.label_event(each, number) for each in changes)

    def changed_since(self, issue: Issue, moment: datetime) -> Call[bool]:
        """The version counts edits of the text, the timeline has those of the title."""
        if issue.version != "0":
            return issue.updated > moment
        entries = yield from self.api.all("issues", issue.number, "timeline", limit=shapes.PAGE)
        titles = (each for each in entries if each.text("type", "") == "change_title")
        return any(each.time("created_at") > moment for each in titles)

    def comments(self, *, since: datetime) -> Call[tuple[Comment, ...]]:
        """Comments of the whole repository."""
        found = yield from self.api.all("issues", "comments", limit=shapes.PAGE, **changed_since(since))
        return tuple(shapes.comment(each) for each in found)

    def comments_on(self, number: IssueNumber, *, on_pull: bool = False) -> Call[tuple[Comment, ...]]:
        """All comments of one issue, in one answer."""
        del on_pull
        found = yield from self.api.all("issues", number, "comments")
        return tuple(shapes.comment(each) for each in found)

    def add_labels(self, number: IssueNumber, labels: Sequence[str], *, on_pull: bool = False) -> Call[None]:
        """Put labels on. Gitea passes over those that do not exist, so what is on the issue then is looked at."""
        del on_pull
        there = yield from self.api.send_for_list(
            "POST", {"labels": list(labels)}, "issues", number, "labels"
        )
        missing = set(labels) - {each.text("name") for each in there}
        if missing:
            raise NotFound(f"{self.api.root}: no label {', '.join(sorted(missing))}; make it there first")

    def remove_label(self, number: IssueNumber, label: str, *, on_pull: bool = False) -> Call[None]:
        """Take a label off; Gitea wants its id, which the issue's own labels tell."""
        del on_pull
        for each in (yield from self.api.all("issues", number, "labels")):
            if each.text("name") == label:
                yield from self.api.delete("issues", number, "labels", each.key("id"))


def changed_since(moment: datetime | None) -> dict[str, str]:
    """The parameter that leaves out what did not change since."""
    return {"since": moment.isoformat(timespec="seconds")} if moment else {}
