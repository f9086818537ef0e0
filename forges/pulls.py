"""What a forge knows of a pull request: its state, its checks, its reviews. Frozen."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from forges.model import Account, PullNumber, RepositoryId, Sha


class CheckState(StrEnum):
    """How a check of a commit stands."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Check:
    """A status or check run of a commit: as the forge has it, whoever posted it, or as we post one."""

    context: str
    state: CheckState
    description: str = ""
    url: str = ""


class Verdict(StrEnum):
    """What a review says."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changesRequested"
    COMMENTED = "commented"


@dataclass(frozen=True, slots=True)
class Review:
    """A review of a pull request. Only an `official` one counts for the forge's rules; anybody may write others."""

    id: str
    author: Account
    verdict: Verdict
    body: str
    sha: Sha
    at: datetime
    official: bool
    stale: bool = False


class PullState(StrEnum):
    """Where a pull request is in its life."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request (merge request)."""

    id: str
    """The id that the forge's other interfaces want: GitHub's node id; else the plain id."""
    number: PullNumber
    title: str
    body: str
    author: Account
    state: PullState
    draft: bool
    head: str
    head_sha: Sha
    head_repository: RepositoryId
    base: str
    base_repository: RepositoryId
    labels: tuple[str, ...]
    url: str
    created: datetime
    updated: datetime
    merge_commit: Sha | None = None
    """The commit on the base once it is merged."""
    mergeable: bool | None = None
    """None while the forge has not worked it out, or where it never says."""
    version: str = ""
    """What Bitbucket Data Center wants back as the expected state."""

    @property
    def mark(self) -> str:
        """Another one whenever somebody did something to it that the forge counts as a change: a review, a comment, a push, its end."""
        told = f"{self.state}\0{self.head_sha}\0{self.draft}\0{self.base}\0{self.updated.isoformat()}"
        return f"{self.number}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"

    @property
    def from_fork(self) -> bool:
        """Whether the head lies in another repository: told by id, as names can be taken over."""
        return self.head_repository != self.base_repository

    def is_at(self, sha: Sha) -> bool:
        """Whether its head is this commit; Bitbucket Cloud names heads by their first 12 digits."""
        return len(self.head_sha) >= 12 and sha.startswith(self.head_sha)
