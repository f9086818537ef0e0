"""Pull requests on Bitbucket Data Center. A merge names the version of the pull request, not its head."""

from collections.abc import Sequence
from dataclasses import dataclass

from forges.api import Api
from forges.bitbucketserver import shapes
from forges.errors import Reason, Refused, Unsupported
from forges.exchange import Call, failing
from forges.fields import Fields
from forges.interface import Ability
from forges.merging import meant, named, refuse_moved
from forges.model import MergeMethod, PullNumber, Sha
from forges.opening import opened
from forges.pulls import PullRequest, PullState, Review, Verdict

STRATEGIES = {
    MergeMethod.MERGE: "no-ff",
    MergeMethod.SQUASH: "squash",
    MergeMethod.REBASE: "rebase-ff-only",
}
SAID = (
    ("conflict", Reason.CONFLICT),
    ("out-of-date", Reason.HEAD_MOVED),
    ("has been updated", Reason.HEAD_MOVED),
    ("needs work", Reason.CHANGES_REQUESTED),
    ("build", Reason.CHECKS_PENDING),
    ("approv", Reason.REVIEW_REQUIRED),
    ("review", Reason.REVIEW_REQUIRED),
    ("strategy", Reason.METHOD_FORBIDDEN),
    ("already merged", Reason.MERGED),
    ("has been merged", Reason.MERGED),
    ("has been declined", Reason.CLOSED),
    ("draft", Reason.DRAFT),
)
"""What the server and its merge checks say (status 400 and 409) and what is meant by it."""
VERDICTS = {"APPROVED": Verdict.APPROVED, "NEEDS_WORK": Verdict.CHANGES_REQUESTED}


@dataclass(frozen=True, slots=True)
class ServerPulls:
    """Pull requests of the repository."""

    api: Api

    def open(self, *, head: str, base: str, title: str, body: str, draft: bool = False) -> Call[PullRequest]:
        """Open it, or return the open one that there is: looked for when the server says that there is one."""
        wanted = {
            "title": title,
            "description": body,
            "draft": draft,
            "fromRef": {"id": f"{shapes.HEADS}{head}"},
            "toRef": {"id": f"{shapes.HEADS}{base}"},
        }
        made, there = self.api.send("POST", wanted, "pull-requests"), self.find(head=head, base=base)
        return (yield from opened(made, there, shapes.pull))

    def find(self, *, head: str, base: str) -> Call[PullRequest | None]:
        """Those that come from the branch, in any state, newest first."""
        entries = yield from self.api.all(
            "pull-requests",
            state="ALL",
            order="NEWEST",
            direction="OUTGOING",
            at=f"{shapes.HEADS}{head}",
            limit=shapes.PAGE,
        )
        pulls = [shapes.pull(each) for each in entries]
        own = [each for each in pulls if each.base == base and not each.from_fork]
        return next((each for each in own if each.state is PullState.OPEN), next(iter(own), None))

    def get(self, number: PullNumber) -> Call[PullRequest]:
        """One pull request."""
        return shapes.pull((yield from self.api.get("pull-requests", number)))

    def all_open(self, *, base: str = "") -> Call[tuple[PullRequest, ...]]:
        """All open ones, oldest first."""
        asked = {"at": f"{shapes.HEADS}{base}"} if base else {}
        found = yield from self.api.all(
            "pull-requests", state="OPEN", order="OLDEST", limit=shapes.PAGE, **asked
        )
        return tuple(shapes.pull(each) for each in found)

    def edit(self, number: PullNumber, *, title: str, body: str, draft: bool) -> Call[PullRequest]:
        """Change what it says; what is not sent is taken away, so the reviewers go along."""
        now = yield from self.api.get("pull-requests", number)
        wanted = {
            "version": now.whole("version"),
            "title": title,
            "description": body,
            "draft": draft,
            "reviewers": [{"user": {"name": name}} for name in _reviewers(now)],
        }
        return shapes.pull((yield from self.api.send("PUT", wanted, "pull-requests", number)))

    def reviews(self, number: PullNumber) -> Call[tuple[Review, ...]]:
        """The verdicts of reviewers. They have no text and no time."""
        fields = yield from self.api.get("pull-requests", number)
        pull = shapes.pull(fields)
        found = [each for each in fields.each("reviewers") if each.text("status", "") in VERDICTS]
        return tuple(_review(each, pull) for each in found)

    def merge(self, pull: PullRequest, *, method: MergeMethod, title: str, body: str) -> Call[PullRequest]:
        """Look at the head, then merge that version of the pull request."""
        now = yield from self.get(pull.number)
        refuse_moved(pull, now)
        wanted = {
            "version": int(now.version),
            "strategyId": STRATEGIES[method],
            "autoSubject": False,
            "message": f"{title}\n\n{body}",
        }
        try:
            made = yield from self.api.send("POST", wanted, "pull-requests", pull.number, "merge")
        except Refused as refused:
            raise named(refused, meant(refused, SAID) or Reason.BLOCKED) from refused
        return shapes.pull(made)

    def enqueue(self, pull: PullRequest) -> Call[None]:
        """Not where later commits are taken too."""
        del pull
        return failing(Unsupported(shapes.LACKS[Ability.MERGE_QUEUE]))

    def close(self, number: PullNumber) -> Call[PullRequest]:
        """Decline it."""
        found = yield from self.get(number)
        if found.state is not PullState.OPEN:
            return found
        wanted = {"version": int(found.version)}
        return shapes.pull((yield from self.api.send("POST", wanted, "pull-requests", number, "decline")))

    def request_reviewers(self, number: PullNumber, names: Sequence[str]) -> Call[None]:
        """Make people reviewers; each is a call, and one who is a reviewer already stays."""
        for name in names:
            wanted = {"user": {"name": name}, "role": "REVIEWER"}
            yield from self.api.act("POST", wanted, "pull-requests", number, "participants")


def _reviewers(fields: Fields) -> list[str]:
    return [each.inner("user").text("name") for each in fields.each("reviewers")]


def _review(fields: Fields, pull: PullRequest) -> Review:
    author = shapes.account(fields.inner("user"))
    return Review(
        id=f"{fields.text('status')}-{author.id}",
        author=author,
        verdict=VERDICTS[fields.text("status")],
        body="",
        sha=Sha(fields.text("lastReviewedCommit", pull.head_sha)),
        at=pull.updated,
        official=True,
    )
