"""Pull requests on Gitea."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from forges.errors import NotFound, Reason, Refused, Unsupported
from forges.exchange import Call, failing
from forges.gitea import shapes
from forges.githublike.pulls import LikePulls, Shapes
from forges.merging import meant, named
from forges.model import MergeMethod, PullNumber
from forges.opening import opened
from forges.pulls import PullRequest, PullState, Review

SAID = (
    ("required status checks", Reason.CHECKS_PENDING),
    ("enough approvals", Reason.REVIEW_REQUIRED),
    ("official review", Reason.CHANGES_REQUESTED),
    ("requested changes", Reason.CHANGES_REQUESTED),
    ("behind the base", Reason.BEHIND),
    ("already merged", Reason.MERGED),
    ("work in progress", Reason.DRAFT),
    ("try again later", Reason.CHECKING),
    ("merge style", Reason.METHOD_FORBIDDEN),
    ("head out of date", Reason.HEAD_MOVED),
    ("is closed", Reason.CLOSED),
)
"""What Gitea says (status 405 and 409) and what is meant by it."""


@dataclass(frozen=True, slots=True)
class GiteaPulls(LikePulls):
    """Pull requests of the repository."""

    read: ClassVar[Shapes] = shapes

    def open(self, *, head: str, base: str, title: str, body: str, draft: bool = False) -> Call[PullRequest]:
        """Open it, or return the open one that there is."""
        wanted = {"head": head, "base": base, "title": _title(title, draft=draft), "body": body}
        made, there = self.api.send("POST", wanted, "pulls"), self.find(head=head, base=base)
        return (yield from opened(made, there, shapes.pull))

    def find(self, *, head: str, base: str) -> Call[PullRequest | None]:
        """Gitea returns any one of the branch's, whatever its state; where that one is closed, an open one may stand beside it."""
        try:
            found = shapes.pull((yield from self.api.get("pulls", base, head)))
        except NotFound:
            return None
        if found.state is not PullState.OPEN:
            others = yield from self.all_open(base=base)
            return next((each for each in others if each.head == head and not each.from_fork), found)
        return found

    def all_open(self, *, base: str = "") -> Call[tuple[PullRequest, ...]]:
        """All open ones."""
        found = yield from self.api.all("pulls", state="open", sort="oldest", limit=shapes.PAGE)
        pulls = (shapes.pull(each) for each in found)
        return tuple(pull for pull in pulls if base in {"", pull.base})

    def edit(self, number: PullNumber, *, title: str, body: str, draft: bool) -> Call[PullRequest]:
        """Change what it says."""
        wanted = {"title": _title(title, draft=draft), "body": body}
        return shapes.pull((yield from self.api.send("PATCH", wanted, "pulls", number)))

    def reviews(self, number: PullNumber) -> Call[tuple[Review, ...]]:
        """Reviews that are neither dismissed nor drafts."""
        found = yield from self.api.all("pulls", number, "reviews", limit=shapes.PAGE)
        return tuple(review for each in found if (review := shapes.review(each)) is not None)

    def merge(self, pull: PullRequest, *, method: MergeMethod, title: str, body: str) -> Call[PullRequest]:
        """Merge with the expected head. Never `force_merge`."""
        wanted = {
            "Do": method.value,
            "head_commit_id": pull.head_sha,
            "MergeTitleField": title,
            "MergeMessageField": body,
        }
        try:
            yield from self.api.act("POST", wanted, "pulls", pull.number, "merge")
        except Refused as refused:
            raise _named(refused) from refused
        except NotFound as gone:  # so it answers for one that is closed
            now = yield from self.get(pull.number)
            if now.state is PullState.OPEN:
                raise
            reason = Reason.MERGED if now.state is PullState.MERGED else Reason.CLOSED
            message = f"pull request {pull.number} is {now.state}"
            raise Refused(message, reason=reason, words=message) from gone
        if method is MergeMethod.REBASE:  # the new commits carry no word of ours
            return (yield from self.get(pull.number))
        return replace(pull, state=PullState.MERGED)

    def enqueue(self, pull: PullRequest) -> Call[None]:
        """Gitea's scheduled merge takes later pushes too: not used."""
        message = f"pull request {pull.number}: Gitea's scheduled merge takes commits pushed later; merge it instead"
        return failing(Unsupported(message))

    def request_reviewers(self, number: PullNumber, names: Sequence[str]) -> Call[None]:
        """Ask people for a review."""
        if names:
            yield from self.api.act(
                "POST", {"reviewers": list(names)}, "pulls", number, "requested_reviewers"
            )


def _named(refused: Refused) -> Refused:
    """The refusal of a merge with its reason. `force_merge` would get around it, which is why nothing offers it."""
    reason = meant(refused, SAID) or (Reason.CONFLICT if refused.status == 409 else Reason.BLOCKED)
    return named(refused, reason)


def _title(title: str, *, draft: bool) -> str:
    plain = title.removeprefix(shapes.DRAFT)
    return f"{shapes.DRAFT}{plain}" if draft else plain
