"""Merges: why one was refused, and the look before one where a forge takes no expected head."""

from collections.abc import Sequence

from forges.errors import Reason, Refused
from forges.pulls import PullRequest, PullState

Said = Sequence[tuple[str, Reason]]
"""What a forge says of a merge that it refuses, in small letters, and what it means; the first that fits counts."""


def meant(refused: Refused, said: Said) -> Reason | None:
    """The reason in the forge's own words, None where they say nothing known."""
    words = refused.words.lower()
    return next((reason for part, reason in said if part in words), None)


def named(refused: Refused, reason: Reason) -> Refused:
    """The same refusal with its reason."""
    return Refused(str(refused), reason=reason, words=refused.words, status=refused.status)


def refuse_moved(pull: PullRequest, now: PullRequest) -> None:
    """Raises Refused where what is there now is not the open pull request that was looked at, with the same head."""
    if now.state is not PullState.OPEN:
        gone = Reason.MERGED if now.state is PullState.MERGED else Reason.CLOSED
        raise Refused(f"pull request {pull.number} is {now.state}", reason=gone)
    if now.head_sha != pull.head_sha:
        message = f"pull request {pull.number}: its head is {now.head_sha}, not {pull.head_sha}"
        raise Refused(message, reason=Reason.HEAD_MOVED)
