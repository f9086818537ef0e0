"""What every forge does, by noun. The calls are pure; a transport runs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from forges.exchange import Call
from forges.model import (
    Account,
    Branch,
    Comment,
    CommentId,
    Commit,
    Delivery,
    ForgeKind,
    Hook,
    HookEvent,
    Issue,
    IssueNumber,
    LabelEvent,
    MergeMethod,
    Permission,
    PullNumber,
    Reaction,
    Repository,
    Sha,
)
from forges.pulls import Check, PullRequest, Review


class Accounts(Protocol):
    """Who somebody is, and what they may do."""

    def me(self) -> Call[Account]:
        """The account of the token."""

    def permission(self, account: Account) -> Call[Permission]:
        """What the account may do with the repository, asked by id. Nothing is assumed: an unknown one may nothing."""


class Issues(Protocol):
    """Issues, and what people say and do on them; comments and labels of pull requests too."""

    def get(self, number: IssueNumber) -> Call[Issue]:
        """One issue as it is now."""

    def all_open(self, *, label: str = "", since: datetime | None = None) -> Call[tuple[Issue, ...]]:
        """Open issues, those with a label, those changed since; no pull requests."""

    def label_events(
        self, number: IssueNumber, *, since: datetime | None = None
    ) -> Call[tuple[LabelEvent, ...]]:
        """When which label was put on or taken off and by whom, oldest first."""

    def changed_since(self, issue: Issue, moment: datetime) -> Call[bool]:
        """Whether title or text may have been changed after a moment; False only where the forge shows that they were not."""

    def comments(self, *, since: datetime) -> Call[tuple[Comment, ...]]:
        """Comments of the repository that were made or changed since, oldest first."""

    def comments_on(self, number: IssueNumber, *, on_pull: bool = False) -> Call[tuple[Comment, ...]]:
        """All comments on one issue or pull request, oldest first."""

    def comment(self, number: IssueNumber, body: str, *, on_pull: bool = False) -> Call[Comment]:
        """Write a comment."""

    def edit(self, comment: Comment, body: str) -> Call[Comment]:
        """Change a comment of our own in place."""

    def add_labels(self, number: IssueNumber, labels: Sequence[str], *, on_pull: bool = False) -> Call[None]:
        """Put labels on; those that are on it already stay."""

    def remove_label(self, number: IssueNumber, label: str, *, on_pull: bool = False) -> Call[None]:
        """Take a label off; one that is not on it is a success."""

    def react(
        self, comment: CommentId | None, number: IssueNumber, reaction: Reaction, *, on_pull: bool = False
    ) -> Call[None]:
        """Put a reaction on a comment, or on the issue itself where comment is None; twice is once."""


class Hooks(Protocol):
    """Webhooks of the repository. Their owner needs the right to administer it."""

    def all(self) -> Call[tuple[Hook, ...]]:
        """All webhooks."""

    def register(self, url: str, *, secret: str, events: Sequence[HookEvent]) -> Call[Hook]:
        """Make the webhook that posts to the address, or bring the one that is there up to date."""

    def remove(self, hook: Hook) -> Call[None]:
        """Delete it; one that is gone is a success."""

    def ping(self, hook: Hook) -> Call[None]:
        """Have the forge send something harmless."""

    def deliveries(self, hook: Hook) -> Call[tuple[Delivery, ...]]:
        """What was sent last, newest first."""


class Commits(Protocol):
    """The repository, its branches, and what is said of its commits."""

    def repository(self) -> Call[Repository]:
        """The repository."""

    def branch(self, name: str) -> Call[Branch]:
        """A branch: its head, and the rules of it that the token may see."""

    def commit(self, sha: Sha) -> Call[Commit]:
        """One commit."""

    def file(self, path: str, sha: Sha) -> Call[bytes | None]:
        """A file as it is at a commit, None where there is none."""

    def checks(self, sha: Sha) -> Call[tuple[Check, ...]]:
        """The newest status of each context on a commit."""

    def set_status(self, sha: Sha, status: Check) -> Call[None]:
        """Post a status; the same one again is a success."""


class Pulls(Protocol):
    """Pull requests (merge requests)."""

    def open(self, *, head: str, base: str, title: str, body: str, draft: bool = False) -> Call[PullRequest]:
        """Open the pull request of a branch, or return the open one that there is."""

    def find(self, *, head: str, base: str) -> Call[PullRequest | None]:
        """The pull request of a branch of this repository: the open one, else the newest; None where there never was one."""

    def get(self, number: PullNumber) -> Call[PullRequest]:
        """One pull request as it is now."""

    def all_open(self, *, base: str = "") -> Call[tuple[PullRequest, ...]]:
        """All open pull requests, or those into one branch."""

    def edit(self, number: PullNumber, *, title: str, body: str, draft: bool) -> Call[PullRequest]:
        """Change what it says, and whether it is a draft."""

    def reviews(self, number: PullNumber) -> Call[tuple[Review, ...]]:
        """Reviews, oldest first."""

    def merge(self, pull: PullRequest, *, method: MergeMethod, title: str, body: str) -> Call[PullRequest]:
        """Merge it, only if its head is still `pull.head_sha`. Raises Refused with the reason; bypasses no rule."""

    def enqueue(self, pull: PullRequest) -> Call[None]:
        """Hand it to the forge's own merge queue, where that keeps to the head that was looked at."""

    def close(self, number: PullNumber) -> Call[PullRequest]:
        """Close it without merging; a closed one is a success."""

    def request_reviewers(self, number: PullNumber, names: Sequence[str]) -> Call[None]:
        """Ask people for a review; those asked already stay."""


class Ability(StrEnum):
    """What some forges cannot do."""

    ISSUES = "issues"
    LABELS = "labels"
    LABEL_EVENTS = "labelEvents"
    """Each putting-on of a label has an id that a poll finds again."""
    PULL_LABELS = "pullLabels"
    REACTIONS = "reactions"
    HOOK_PING = "hookPing"
    HOOK_DELIVERIES = "hookDeliveries"
    EXPECTED_HEAD = "expectedHead"
    MERGE_QUEUE = "mergeQueue"
    DRAFTS = "drafts"
    REQUEST_REVIEWERS = "requestReviewers"
    CONDITIONAL = "conditionalRequests"
    """An unchanged answer costs nothing of the rate limit."""


@dataclass(frozen=True, slots=True)
class Forge:
    """One repository on one forge."""

    kind: ForgeKind
    accounts: Accounts
    issues: Issues
    hooks: Hooks
    commits: Commits
    pulls: Pulls
    lacks: Mapping[Ability, str]
    """What this forge can't do, each with the sentence why."""

    def can(self, ability: Ability) -> bool:
        """Whether this forge can."""
        return ability not in self.lacks
