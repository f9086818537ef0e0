"""What a forge knows, in words that hold for all of them. Frozen; ids are text, because some forges use UUIDs."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NewType

RepositoryId = NewType("RepositoryId", str)
AccountId = NewType("AccountId", str)
IssueNumber = NewType("IssueNumber", int)
PullNumber = NewType("PullNumber", int)
CommentId = NewType("CommentId", str)
Sha = NewType("Sha", str)


class ForgeKind(StrEnum):
    """The forges that are spoken, as a Rig names them."""

    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"
    FORGEJO = "forgejo"
    BITBUCKET = "bitbucket"
    BITBUCKET_SERVER = "bitbucketServer"


class Permission(IntEnum):
    """What an account may do with a repository; ordered, so that `>=` asks for at least that much."""

    NONE = 0
    READ = 1
    WRITE = 2
    ADMIN = 3


class MergeMethod(StrEnum):
    """How a pull request becomes commits of its base."""

    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody on the forge. Two accounts are the same when their ids are; names can be taken over."""

    id: AccountId
    name: str
    bot: bool = False


NOBODY = Account(id=AccountId(""), name="")
"""Stands where the forge names no account: a deleted one, a system event."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository; its id survives a rename."""

    id: RepositoryId
    name: str
    """owner/name, as the forge spells it."""
    url: str
    clone_url: str
    default_branch: str
    private: bool = False
    archived: bool = False
    mine: Permission = Permission.NONE
    """What the token's account may do with it, NONE where the forge does not say."""
    methods: frozenset[MergeMethod] = frozenset()
    """The ways of merging that it allows; empty where the forge does not say."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue; title and body are what a prompt is made from, `version` changes with the body where there is one."""

    id: str
    number: IssueNumber
    title: str
    body: str
    author: Account
    labels: tuple[str, ...]
    open: bool
    url: str
    created: datetime
    updated: datetime
    version: str = ""
    is_pull: bool = False


@dataclass(frozen=True, slots=True)
class LabelEvent:
    """A label was put on an issue or taken off. The id is the forge's own: the same by webhook and by poll."""

    id: str
    number: IssueNumber
    label: str
    added: bool
    actor: Account
    at: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on an issue or pull request."""

    id: CommentId
    number: IssueNumber
    author: Account
    body: str
    created: datetime
    updated: datetime
    url: str
    on_pull: bool = False


class Reaction(StrEnum):
    """The reactions that are used: seen, and failed."""

    EYES = "eyes"
    CONFUSED = "confused"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a branch asks for before it takes a change, as far as the token may see it."""

    protected: bool = False
    checks: tuple[str, ...] = ()
    approvals: int = 0
    queue: bool = False
    """Changes go through the forge's own merge queue."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch and where its head is."""

    name: str
    sha: Sha
    rules: Rules = Rules()


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, and the account that its author has on the forge, NOBODY where the forge knows none."""

    sha: Sha
    message: str
    author: Account
    at: datetime


class HookEvent(StrEnum):
    """What a webhook is asked to report."""

    ISSUES = "issues"
    LABELS = "labels"
    COMMENTS = "comments"
    PULLS = "pulls"
    PULL_COMMENTS = "pullComments"
    REVIEWS = "reviews"
    PUSH = "push"
    STATUSES = "statuses"


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook as the forge has it; forges never show its secret."""

    id: str
    url: str
    active: bool
    events: frozenset[str]
    """In the forge's own words."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try of a webhook to reach its address."""

    id: str
    event: str
    at: datetime
    status: int
    """The answer's HTTP status; 0 when there was none."""

    @property
    def ok(self) -> bool:
        """Whether the receiver took it."""
        return 200 <= self.status < 300
