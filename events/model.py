"""What was told, what happened, and what became of it: the values that travel from a delivery to a convoy."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from crds import Rig, Trigger
from crds.triggers import Event
from forges.model import NOBODY, Account, CommentId, RepositoryId, Sha

NO_REPOSITORY, NO_COMMENT, NO_COMMIT = RepositoryId(""), CommentId(""), Sha("")


class About(StrEnum):
    """What a delivery is about, and so what the forge is asked."""

    PING = "ping"
    ISSUE = "issue"
    LABELS = "labels"
    COMMENT = "comment"
    PULL_COMMENT = "pullComment"
    REVIEW = "review"
    CHECK = "check"
    PUSH = "push"


Files = Callable[[], tuple[str, ...] | None]
"""Gathers files when a trigger asks for them: a push lists thousands, and few triggers do. Raises Unreadable."""


def no_files() -> None:
    """Nobody knows which files."""


@dataclass(frozen=True, slots=True)
class Text:
    """The text of an issue."""

    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What a signed delivery tells. The forge is asked before anything is done about it."""

    about: About
    repository: RepositoryId = NO_REPOSITORY
    sender: Account = NOBODY
    number: int = 0
    comment: CommentId = NO_COMMENT
    text: Text | None = None
    """The issue's text at the moment of the event."""
    words: str | None = None
    """The comment's text at the moment of the event."""
    branch: str = ""
    sha: Sha = NO_COMMIT
    files: Files = no_files
    """The files that a push changed; None where the delivery does not list all of them."""
    ours: bool = False
    """Whether all commits of the push carry our trailer."""
    failed: bool = False
    """Whether the check failed."""
    check: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A delivery that can't sling anything, whatever the rules are."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """What happened, as the forge knows it. The same whether a webhook or a poll led to it."""

    event: Event
    object: str
    """Its id: of the issue, label event, comment or review; branch and commit of a push."""
    at: datetime.datetime
    repository: RepositoryId = NO_REPOSITORY
    sender: Account = NOBODY
    number: int | None = None
    pull: bool = False
    url: str = ""
    text: Text = Text("", "")
    words: str = ""
    """What the comment or review says."""
    labels: tuple[str, ...] = ()
    label: str = ""
    """The label that was just added."""
    branch: str = ""
    """The branch that was pushed, or the head of the pull request."""
    sha: Sha = NO_COMMIT
    files: tuple[str, ...] | None = None
    checks: tuple[str, ...] = ()
    """The checks that failed."""
    comment: CommentId | None = None
    type: str = ""
    """The type of a CloudEvent."""
    source: str = ""
    """The source of a CloudEvent."""
    void: str = ""
    """Why it must not be acted on although it happened: its text or comment is not what was authorised."""


@dataclass(frozen=True, slots=True)
class Match:
    """An occurrence that a trigger of a rig is about. `forge` is where it happened."""

    rig: Rig
    trigger: Trigger
    occurrence: Occurrence
    forge: str


class Reason(StrEnum):
    """What became of an occurrence, as one word."""

    SLUNG = "Slung"
    DONE_BEFORE = "DoneBefore"
    DELETED = "DeletedSince"
    PAUSED = "TriggersPaused"
    TOO_OLD = "TooOld"
    OWN = "OwnEvent"
    BOT = "Bot"
    MAY_NOT_WRITE = "MayNotWrite"
    NOT_AN_ACTOR = "NotAnActor"
    OTHER_ACCOUNT = "OtherAccount"
    CHANGED = "ChangedSince"
    SENDER_RATE = "SenderRate"
    RIG_RATE = "RigRate"
    NOTHING_READY = "NothingReady"
    NO_WORK_BRANCH = "NoWorkBranch"
    WRONG_OPTION = "WrongOption"
    REFUSED = "Refused"


QUIET = frozenset({Reason.OWN, Reason.BOT, Reason.MAY_NOT_WRITE, Reason.NOT_AN_ACTOR, Reason.OTHER_ACCOUNT})
"""Refusals of which nobody is told on the forge: who may not trigger shall not make us write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of one occurrence for one trigger."""

    rig: str
    trigger: str
    occurrence: Occurrence
    reason: Reason
    message: str
    convoy: str = ""
    delivery: str = ""

    @property
    def made(self) -> bool:
        """Whether there is a convoy for it, made now or before."""
        return self.reason in {Reason.SLUNG, Reason.DONE_BEFORE}
