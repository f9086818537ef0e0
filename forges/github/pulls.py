"""Pull requests on GitHub."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from forges.errors import Reason, Refused
from forges.exchange import Call
from forges.fields import listed
from forges.github import graph, shapes
from forges.github.graph import Graph
from forges.githublike.pulls import LikePulls, Shapes
from forges.merging import meant, named
from forges.model import MergeMethod, PullNumber
from forges.opening import opened
from forges.pulls import PullRequest, PullState, Review

SAID = (
    ("changes must be made through the merge queue", Reason.BLOCKED),
    ("head branch was modified", Reason.HEAD_MOVED),
    ("head sha didn't match", Reason.HEAD_MOVED),
    ("is expected", Reason.CHECKS_PENDING),
    ("is pending", Reason.CHECKS_PENDING),
    ("in progress", Reason.CHECKS_PENDING),
    ("is failing", Reason.CHECKS_FAILED),
    ("was not successful", Reason.CHECKS_FAILED),
    ("has failed", Reason.CHECKS_FAILED),
    ("changes requested", Reason.CHANGES_REQUESTED),
    ("requested changes", Reason.CHANGES_REQUESTED),
    ("approving review", Reason.REVIEW_REQUIRED),
    ("review is required", Reason.REVIEW_REQUIRED),
    ("review required", Reason.REVIEW_REQUIRED),
    ("not up to date", Reason.BEHIND),
    ("out-of-date", Reason.BEHIND),
    ("are not allowed on this repository", Reason.METHOD_FORBIDDEN),
    ("still a draft", Reason.DRAFT),
    ("draft state", Reason.DRAFT),
    ("merge conflict", Reason.CONFLICT),
    ("base branch was modified", Reason.CHECKING),
)
"""What GitHub says (status 405, 409, 422) and what is meant by it; from its public documentation and threads."""
STATES = {
    "dirty": Reason.CONFLICT,
    "behind": Reason.BEHIND,
    "draft": Reason.DRAFT,
    "unknown": Reason.CHECKING,
}
"""`mergeable_state`, which is asked where the words say nothing."""


@dataclass(frozen=True, slots=True)
class GitHubPulls(LikePulls):
    """Pull requests of the repository."""

    read: ClassVar[Shapes] = shapes
    owner: str
    graph: Graph

    def open(self, *, head: str, base: str, title: str, body: str, draft: bool = False) -> Call[PullRequest]:
        """Open it, or return the open one that there is."""
        wanted = {"head": head, "base": base, "title": title, "body": body, "draft": draft}
        made, there = self.api.send("POST", wanted, "pulls"), self.find(head=head, base=base)
        return (yield from opened(made, there, shapes.pull, exists=_exists))

    def find(self, *, head: str, base: str) -> Call[PullRequest | None]:
        """The first page, newest first, is enough: the open one is the newest."""
        mine = head if ":" in head else f"{self.owner}:{head}"
        content = yield from self.api.get_json("pulls", state="all", head=mine, base=base, per_page=10)
        pulls = [shapes.pull(each) for each in listed(content, where="pulls")]
        return next((each for each in pulls if each.state is PullState.OPEN), next(iter(pulls), None))

    def all_open(self, *, base: str = "") -> Call[tuple[PullRequest, ...]]:
        """All open ones, oldest first."""
        asked = {"base": base} if base else {}
        found = yield from self.api.all(
            "pulls", state="open", sort="created", direction="asc", per_page=shapes.PAGE, **asked
        )
        return tuple(shapes.pull(each) for each in found)

    def edit(self, number: PullNumber, *, title: str, body: str, draft: bool) -> Call[PullRequest]:
        """Change what it says; whether it is a draft only GraphQL changes."""
        now = shapes.pull(
            (yield from self.api.send("PATCH", {"title": title, "body": body}, "pulls", number))
        )
        if now.draft == draft:
            return now
        yield from self.graph.ask(graph.DRAFT if draft else graph.READY, {"id": now.id})
        return (yield from self.get(number))

    def reviews(self, number: PullNumber) -> Call[tuple[Review, ...]]:
        """Reviews that are neither dismissed nor drafts; official are those of people who may push."""
        found = yield from self.graph.reviews(number)
        return tuple(review for each in found if (review := shapes.review(each)) is not None)

    def merge(self, pull: PullRequest, *, method: MergeMethod, title: str, body: str) -> Call[PullRequest]:
        """Merge with the expected head."""
        wanted = {
            "sha": pull.head_sha,
            "merge_method": method.value,
            "commit_title": title,
            "commit_message": body,
        }
        try:
            yield from self.api.act("PUT", wanted, "pulls", pull.number, "merge")
        except Refused as refused:
            raise (yield from self._named(refused, pull.number)) from refused
        return (yield from self.get(pull.number))

    def _named(self, refused: Refused, number: PullNumber) -> Call[Refused]:
        """The refusal with its reason: from GitHub's words, else from the state of the pull request."""
        reason = meant(refused, SAID)
        if reason is None:
            fields = yield from self.api.get("pulls", number)
            now = shapes.pull(fields)
            reason = STATES.get(fields.text("mergeable_state", ""), Reason.BLOCKED)
            if now.state is not PullState.OPEN:
                reason = Reason.MERGED if now.state is PullState.MERGED else Reason.CLOSED
        return named(refused, reason)

    def enqueue(self, pull: PullRequest) -> Call[None]:
        """Into GitHub's merge queue, with the expected head; a push takes it out again."""
        yield from self.graph.ask(graph.ENQUEUE, {"id": pull.id, "head": pull.head_sha})

    def request_reviewers(self, number: PullNumber, names: Sequence[str]) -> Call[None]:
        """Ask people and, written as org/team, teams."""
        people = [name for name in names if "/" not in name]
        teams = [name.rpartition("/")[2] for name in names if "/" in name]
        if names:
            wanted = {"reviewers": people, "team_reviewers": teams}
            yield from self.api.act("POST", wanted, "pulls", number, "requested_reviewers")


def _exists(refused: Refused) -> bool:
    return "already exists" in refused.words.lower()
