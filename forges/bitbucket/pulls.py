"""Pull requests on Bitbucket Cloud. A merge there takes no expected head."""

from collections.abc import Sequence
from dataclasses import dataclass

from forges.api import Api
from forges.bitbucket import shapes
from forges.bitbucket.shapes import lacking
from forges.errors import Reason, Refused, Unavailable
from forges.exchange import Call
from forges.fields import Fields
from forges.interface import Ability
from forges.merging import meant, named, refuse_moved
from forges.model import MergeMethod, PullNumber, Sha
from forges.pulls import PullRequest, PullState, Review, Verdict

STRATEGIES = {
    MergeMethod.MERGE: "merge_commit",
    MergeMethod.SQUASH: "squash",
    MergeMethod.REBASE: "fast_forward",
}
SAID = (
    ("conflict", Reason.CONFLICT),
    ("build", Reason.CHECKS_PENDING),
    ("approval", Reason.REVIEW_REQUIRED),
    ("changes requested", Reason.CHANGES_REQUESTED),
    ("behind", Reason.BEHIND),
    ("strategy", Reason.METHOD_FORBIDDEN),
    ("draft", Reason.DRAFT),
    ("already merged", Reason.MERGED),
    ("already closed", Reason.CLOSED),
)
"""What Bitbucket says (status 400, 409, 555) and what is meant by it."""
VERDICTS = {"approved": Verdict.APPROVED, "changes_requested": Verdict.CHANGES_REQUESTED}


@dataclass(frozen=True, slots=True)
class BitbucketPulls:
    """Pull requests of the repository."""

    api: Api

    def open(self, *, head: str, base: str, title: str, body: str, draft: bool = False) -> Call[PullRequest]:
        """Return the open one that there is, or open it: a second opening would change the first."""
        found = yield from self.find(head=head, base=base)
        if found is not None and found.state is PullState.OPEN:
            return found
        wanted = {
            "title": title,
            "description": body,
            "source": {"branch": {"name": head}},
            "destination": {"branch": {"name": base}},
            "draft": draft,
            "close_source_branch": False,
        }
        return shapes.pull((yield from self.api.send("POST", wanted, "pullrequests")))

    def find(self, *, head: str, base: str) -> Call[PullRequest | None]:
        """By both branches, in any state: a query that names states gets those only."""
        quoted = [_quoted(each) for each in (head, base)]
        states = " OR ".join(f'state="{each}"' for each in ("OPEN", "MERGED", "DECLINED", "SUPERSEDED"))
        asked = f'source.branch.name="{quoted[0]}" AND destination.branch.name="{quoted[1]}" AND ({states})'
        entries = yield from self.api.all("pullrequests", q=asked, sort="-created_on", pagelen=shapes.PAGE)
        own = [pull for each in entries if not (pull := shapes.pull(each)).from_fork]
        return next((each for each in own if each.state is PullState.OPEN), next(iter(own), None))

    def get(self, number: PullNumber) -> Call[PullRequest]:
        """One pull request."""
        return shapes.pull((yield from self.api.get("pullrequests", number)))

    def all_open(self, *, base: str = "") -> Call[tuple[PullRequest, ...]]:
        """All open ones, oldest first."""
        asked = 'state="OPEN"' + (f' AND destination.branch.name="{_quoted(base)}"' if base else "")
        found = yield from self.api.all("pullrequests", q=asked, sort="created_on", pagelen=shapes.PAGE)
        return tuple(shapes.pull(each) for each in found)

    def edit(self, number: PullNumber, *, title: str, body: str, draft: bool) -> Call[PullRequest]:
        """Change what it says."""
        wanted = {"title": title, "description": body, "draft": draft}
        return shapes.pull((yield from self.api.send("PUT", wanted, "pullrequests", number)))

    def reviews(self, number: PullNumber) -> Call[tuple[Review, ...]]:
        """The verdicts of participants; Bitbucket counts those of reviewers. They have no text."""
        fields = yield from self.api.get("pullrequests", number)
        pull = shapes.pull(fields)
        found = [each for each in fields.each("participants") if each.text("state", "") in VERDICTS]
        return tuple(_review(each, pull) for each in found)

    def merge(self, pull: PullRequest, *, method: MergeMethod, title: str, body: str) -> Call[PullRequest]:
        """Look at the head, then merge: nothing lies between the two calls, but a push may."""
        now = yield from self.get(pull.number)
        refuse_moved(pull, now)
        wanted = {
            "message": f"{title}\n\n{body}",
            "merge_strategy": STRATEGIES[method],
            "close_source_branch": False,
        }
        try:
            yield from self.api.act("POST", wanted, "pullrequests", pull.number, "merge")
        except Refused as refused:
            raise named(refused, meant(refused, SAID) or Reason.BLOCKED) from refused
        done = yield from self.get(pull.number)
        if done.state is not PullState.MERGED:  # 202: Bitbucket goes on by itself
            raise Unavailable(f"pull request {pull.number}: the merge has begun; look again", after=2.0)
        return done

    def enqueue(self, pull: PullRequest) -> Call[None]:
        """Not by the API."""
        del pull
        return lacking(Ability.MERGE_QUEUE)

    def close(self, number: PullNumber) -> Call[PullRequest]:
        """Decline it."""
        found = yield from self.get(number)
        if found.state is not PullState.OPEN:
            return found
        return shapes.pull((yield from self.api.send("POST", None, "pullrequests", number, "decline")))

    def request_reviewers(self, number: PullNumber, names: Sequence[str]) -> Call[None]:
        """Add reviewers, named by their UUIDs: Bitbucket Cloud has no other name that is unique."""
        if not names:
            return
        there = yield from self.api.get("pullrequests", number)
        ids = [each.key("uuid") for each in there.each("reviewers")]
        wanted = {
            "title": there.text("title"),
            "reviewers": [{"uuid": each} for each in dict.fromkeys([*ids, *names])],
        }
        yield from self.api.act("PUT", wanted, "pullrequests", number)


def _review(fields: Fields, pull: PullRequest) -> Review:
    author = shapes.account(fields.inner("user"))
    return Review(
        id=f"{fields.text('state')}-{author.id}",
        author=author,
        verdict=VERDICTS[fields.text("state")],
        body="",
        sha=Sha(pull.head_sha),
        at=fields.time("participated_on") if "participated_on" in fields else pull.updated,
        official=fields.text("role", "") == "REVIEWER",
    )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
