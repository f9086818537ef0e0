"""Merge requests on GitLab."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from forges.api import Api
from forges.errors import NoRight, NotFound, Reason, Refused, TokenRefused
from forges.exchange import Call
from forges.fields import Fields, listed
from forges.gitlab import shapes
from forges.model import MergeMethod, PullNumber, Sha
from forges.opening import opened
from forges.pulls import PullRequest, PullState, Review, Verdict

STATUSES = {
    "approvals_syncing": Reason.CHECKING,
    "checking": Reason.CHECKING,
    "preparing": Reason.CHECKING,
    "unchecked": Reason.CHECKING,
    "ci_must_pass": Reason.CHECKS_PENDING,
    "ci_still_running": Reason.CHECKS_PENDING,
    "status_checks_must_pass": Reason.CHECKS_PENDING,
    "conflict": Reason.CONFLICT,
    "draft_status": Reason.DRAFT,
    "need_rebase": Reason.BEHIND,
    "not_approved": Reason.REVIEW_REQUIRED,
    "requested_changes": Reason.CHANGES_REQUESTED,
    "not_open": Reason.CLOSED,
}
"""`detailed_merge_status`; the others (discussions_not_resolved, security_policy_violations …) are rules without a name here."""


@dataclass(frozen=True, slots=True)
class GitLabPulls:
    """Merge requests of the project."""

    site: Api
    api: Api

    def open(self, *, head: str, base: str, title: str, body: str, draft: bool = False) -> Call[PullRequest]:
        """Open it, or return the open one that there is."""
        wanted = {"source_branch": head, "target_branch": base}
        more = {"title": _title(title, draft=draft), "description": body, "remove_source_branch": False}
        made = self.api.send("POST", {**wanted, **more}, "merge_requests")
        return (yield from opened(made, self.find(head=head, base=base), shapes.pull))

    def find(self, *, head: str, base: str) -> Call[PullRequest | None]:
        """The first page, newest first, is enough: the open one is the newest."""
        content = yield from self.api.get_json(
            "merge_requests", source_branch=head, target_branch=base, per_page=10
        )
        pulls = [shapes.pull(each) for each in listed(content, where="merge requests")]
        own = [each for each in pulls if not each.from_fork]
        return next((each for each in own if each.state is PullState.OPEN), next(iter(own), None))

    def get(self, number: PullNumber) -> Call[PullRequest]:
        """One merge request."""
        return shapes.pull((yield from self.api.get("merge_requests", number)))

    def all_open(self, *, base: str = "") -> Call[tuple[PullRequest, ...]]:
        """All open ones, oldest first."""
        asked = {"target_branch": base} if base else {}
        found = yield from self.api.all(
            "merge_requests",
            state="opened",
            order_by="created_at",
            sort="asc",
            per_page=shapes.PAGE,
            **asked,
        )
        return tuple(shapes.pull(each) for each in found)

    def edit(self, number: PullNumber, *, title: str, body: str, draft: bool) -> Call[PullRequest]:
        """Change what it says."""
        wanted = {"title": _title(title, draft=draft), "description": body}
        return shapes.pull((yield from self.api.send("PUT", wanted, "merge_requests", number)))

    def reviews(self, number: PullNumber) -> Call[tuple[Review, ...]]:
        """Approvals, which only those can give who may, and reviewers who asked for changes. Neither has a text."""
        pull = yield from self.get(number)
        given = yield from self.api.get("merge_requests", number, "approvals")
        asked = yield from self.api.all("merge_requests", number, "reviewers")
        reviews = [
            _review(each, Verdict.APPROVED, at=pull.updated, name="approved_at")
            for each in given.each("approved_by")
        ]
        reviews += [
            _review(each, Verdict.CHANGES_REQUESTED, at=pull.updated, name="created_at")
            for each in asked
            if each.text("state", "") == "requested_changes"
        ]
        return tuple(replace(each, sha=pull.head_sha) for each in sorted(reviews, key=lambda one: one.at))

    def merge(self, pull: PullRequest, *, method: MergeMethod, title: str, body: str) -> Call[PullRequest]:
        """Merge with the expected head. Whether there is a merge commit is the project's choice."""
        message = f"{title}\n\n{body}"
        wanted = {
            "sha": pull.head_sha,
            "squash": method is MergeMethod.SQUASH,
            "squash_commit_message" if method is MergeMethod.SQUASH else "merge_commit_message": message,
            "should_remove_source_branch": False,
        }
        try:
            made = yield from self.api.send("PUT", wanted, "merge_requests", pull.number, "merge")
        except TokenRefused as error:  # so it says that the account may not merge
            raise NoRight(str(error)) from error
        except Refused as refused:
            raise (yield from self._named(refused, pull.number)) from refused
        return shapes.pull(made)

    def _named(self, refused: Refused, number: PullNumber) -> Call[Refused]:
        """The refusal with its reason, from the status of the merge request: the words are `405 Method Not Allowed`."""
        fields = yield from self.api.get("merge_requests", number)
        status, now = fields.text("detailed_merge_status", ""), shapes.pull(fields)
        reason = STATUSES.get(status, Reason.BLOCKED)
        if refused.status == 409:
            reason = Reason.HEAD_MOVED
        if now.state is not PullState.OPEN:
            reason = Reason.MERGED if now.state is PullState.MERGED else Reason.CLOSED
        words = f"{refused.words} ({status})" if status else refused.words
        return Refused(f"{refused} ({status})", reason=reason, words=words, status=refused.status)

    def enqueue(self, pull: PullRequest) -> Call[None]:
        """Onto the merge train, with the expected head; a push takes it off again."""
        wanted = {"sha": pull.head_sha, "auto_merge": True}
        yield from self.api.act("POST", wanted, "merge_trains", "merge_requests", pull.number)

    def close(self, number: PullNumber) -> Call[PullRequest]:
        """Close it; a merged one stays merged."""
        found = yield from self.get(number)
        if found.state is not PullState.OPEN:
            return found
        return shapes.pull(
            (yield from self.api.send("PUT", {"state_event": "close"}, "merge_requests", number))
        )

    def request_reviewers(self, number: PullNumber, names: Sequence[str]) -> Call[None]:
        """Add people to the reviewers; GitLab wants all their ids."""
        if not names:
            return
        there = yield from self.api.get("merge_requests", number)
        ids = [each.whole("id") for each in there.each("reviewers")]
        for name in names:
            found = yield from self.site.all("users", username=name)
            if not found:
                raise NotFound(f"no account is called {name}: name reviewers as the forge spells them")
            ids.append(found[0].whole("id"))
        wanted = {"reviewer_ids": list(dict.fromkeys(ids))}
        yield from self.api.act("PUT", wanted, "merge_requests", number)


def _review(fields: Fields, verdict: Verdict, *, at: datetime, name: str) -> Review:
    author = shapes.account(fields.inner("user"))
    return Review(
        id=f"{verdict.value}-{author.id}",
        author=author,
        verdict=verdict,
        body="",
        sha=Sha(""),
        at=fields.time(name) if name in fields else at,
        official=True,
    )


def _title(title: str, *, draft: bool) -> str:
    plain = title.removeprefix(shapes.DRAFT)
    return f"{shapes.DRAFT}{plain}" if draft else plain
