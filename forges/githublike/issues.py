"""Issues and comments: a pull request is an issue, with the same numbers, labels and comments."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from forges.api import Api
from forges.exchange import Call
from forges.fields import Fields
from forges.model import Comment, CommentId, Issue, IssueNumber, Reaction


class Shapes(Protocol):
    """How a forge's JSON is read."""

    def issue(self, fields: Fields, /) -> Issue:
        """An issue."""

    def comment(self, fields: Fields, /) -> Comment:
        """A comment."""


@dataclass(frozen=True, slots=True)
class LikeIssues:
    """What people say and do on issues, as far as it is asked for alike."""

    api: Api
    read: ClassVar[Shapes]

    def get(self, number: IssueNumber) -> Call[Issue]:
        """One issue."""
        return self.read.issue((yield from self.api.get("issues", number)))

    def comment(self, number: IssueNumber, body: str, *, on_pull: bool = False) -> Call[Comment]:
        """Write a comment."""
        del on_pull
        made = yield from self.api.send("POST", {"body": body}, "issues", number, "comments")
        return self.read.comment(made)

    def edit(self, comment: Comment, body: str) -> Call[Comment]:
        """Change a comment."""
        made = yield from self.api.send("PATCH", {"body": body}, "issues", "comments", comment.id)
        return self.read.comment(made)

    def react(
        self, comment: CommentId | None, number: IssueNumber, reaction: Reaction, *, on_pull: bool = False
    ) -> Call[None]:
        """Put a reaction on; the same again is accepted."""
        del on_pull
        place = ("issues", number) if comment is None else ("issues", "comments", comment)
        yield from self.api.act("POST", {"content": reaction.value}, *place, "reactions")
