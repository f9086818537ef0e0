r"""Why a step ends without its effect, classed by what the caller does next.

StepError                 carries the Reason that becomes the exit code
+-- TryAgain              Failed: the same step may succeed later, so it is retried
|   +-- OrdersUnread      the files under /tasks are missing or not whole
|   +-- GitFailed         git itself failed, in a way that nobody foresaw
|   +-- Unreachable       the repository does not answer, or is not there
|   |   +-- Empty           it answers, and has no branch at all
|   |   |-- BranchMissing   it answers, and has no branch of the name
|   |   \-- Unworkable      it answers, and polecats can't work on what it has
|   +-- Outrun            others pushed first, more often than we try
|   +-- ServerTroubled    the repository's server could not take a push: its disk is full, or it failed
|   +-- WorkspaceFull     no space left
|   +-- AgentLost         the agent's launcher died without telling how the agent ended
|   +-- GateBroken        a gate could not run, so it says nothing about the work
|   |   \-- GateSpoilt      a gate did something to the place of the gates: nothing can be judged there any more
|   +-- NotTaken          the apiserver does not take what is handed over
|   \-- Relayed           an earlier container of the pod failed, and this one tells it
+-- TargetMoved           TargetMoved: people push to the target faster than gates run; the try does not count
+-- TargetRed             TargetRed: the gates fail on the target itself; the try does not count
+-- AwaitingReview        AwaitingReview: a pull request waits for people; the try does not count
+-- AwaitingChecks        AwaitingChecks: a pull request waits for the forge; the try does not count
+-- PullDeclined          Declined: a person closed the pull request
+-- AccessRefused         AuthFailed: the credentials are not accepted; a person must change them
|   \-- HostUnknown       the ssh key of the host is not one that is known
+-- Refused               Rejected: the repository or its history forbids the push
+-- Claimed               Claimed: another convoy works the bead, and lives
+-- AwaitingClaim         AwaitingClaim: the same, for a convoy that brings new words; the try does not count
+-- BeadsMissing          Rejected: the bead file is not there, or no file that can be handed over
+-- AgentEnded            the agent's own end: NoChanges, Escalated, TimedOut ...
+-- StillConflicting      Conflict: agents could not resolve it; a person must
\-- GateRed               GateFailed: the work does not pass
Stopped                   SIGTERM (not a StepError: nothing may swallow it)
"""

from workflows.exits import Reason

STOPPED_CODE = 143
"""What a step exits with after SIGTERM; not a Reason's code, so Argo counts it as infrastructure and tries again."""


class StepError(Exception):
    """One line for a person: it names the object and the next step. `reason` is the exit code."""

    reason = Reason.FAILED


class TryAgain(StepError):
    """Nothing is wrong with the work: another try may succeed."""


class OrdersUnread(TryAgain):
    """The orders are missing or not whole."""


class GitFailed(TryAgain):
    """A git command failed for a reason that has no name here; the message holds its words."""


class Unreachable(TryAgain):
    """The repository, or the branch to start from, is not there or does not answer."""


class Empty(Unreachable):
    """The repository answers, and nothing was ever pushed to it."""


class BranchMissing(Unreachable):
    """The repository answers, and has no branch of the name."""


class Unworkable(Unreachable):
    """The repository answers, and polecats can't work on it as it is."""


class Unqueued(TryAgain):
    """There is nothing to merge: the bead's entry is not in the queue."""


class Outrun(TryAgain):
    """The remote moved under every one of our compare-and-swap pushes."""


class ServerTroubled(TryAgain):
    """The repository's server broke no rule over us, and still did not take a push."""


class WorkspaceFull(TryAgain):
    """The disk under the workspace is full."""


class AgentLost(TryAgain):
    """The launcher's heartbeat stopped or never came."""


class GateBroken(TryAgain):
    """The machine, not the work, stopped a gate."""


class GateSpoilt(GateBroken):
    """Code that was judged changed what judges the next, or will not end: whose it was is not known, and nobody is blamed."""


class NotTaken(TryAgain):
    """The apiserver does not answer, or answers what nobody foresaw."""


class Relayed(TryAgain):
    """An earlier container of the pod failed."""

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason


class TargetMoved(StepError):
    """The target moved under a merge whose gates ran: it is built and tested again, as often as it takes."""

    reason = Reason.TARGET_MOVED


class TargetRed(StepError):
    """The gates fail on the target without any bead: nothing is merged, and nobody blamed, until it is repaired."""

    reason = Reason.TARGET_RED


class AwaitingReview(StepError):
    """The pull request waits for people. Nothing is held meanwhile: the next look is another pod's."""

    reason = Reason.AWAITING_REVIEW


class AwaitingChecks(StepError):
    """The pull request waits for checks, or for the forge itself. Nothing is held meanwhile, as above."""

    reason = Reason.AWAITING_CHECKS


class PullDeclined(StepError):
    """A person closed the pull request, so the work is not wanted."""

    reason = Reason.DECLINED


class AccessRefused(StepError):
    """The repository or the apiserver does not accept the credentials, or the host's key is unknown."""

    reason = Reason.AUTH_FAILED


class HostUnknown(AccessRefused):
    """ssh does not know the host's key, or knows another."""


class Refused(StepError):
    """The repository said no to a push, or the agent rewrote history that others rely on."""

    reason = Reason.REJECTED


class Claimed(StepError):
    """Somebody else works the bead: two at once would do it twice."""

    reason = Reason.CLAIMED


class AwaitingClaim(StepError):
    """Somebody else works the bead, which is then worked again with the words of an event."""

    reason = Reason.AWAITING_CLAIM


class BeadsMissing(StepError):
    """There is no bead file where the rig says, or none that can be handed over; a person must mend it."""

    reason = Reason.REJECTED


class AgentEnded(StepError):
    """The agent ended without work to queue; its progress was pushed."""

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason


class StillConflicting(StepError):
    """The work conflicts with the target and no agent resolved it."""

    reason = Reason.CONFLICT


class GateRed(StepError):
    """The gate fails with this work and not without it."""

    reason = Reason.GATE_FAILED


class Stopped(BaseException):
    """SIGTERM arrived: save what there is and leave."""
