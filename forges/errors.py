"""What can go wrong with a forge, classed by what the caller does next.

    ForgeError
    ├── Final                the same call will say the same: report it, do not repeat it
    │   ├── NotFound         no such repository, issue, branch or account, or the token may not see it
    │   ├── NoRight          the token's account may not do this
    │   │   └── TokenRefused the token itself is wrong or expired: ask for a new one
    │   ├── Refused          the forge's rules say no; `reason` tells which, `words` are the forge's own
    │   └── Unsupported      this forge cannot do it at all; the sentence says why
    └── Later                try again, not before `after` seconds where the forge said so
        ├── RateLimited      too many calls
        └── Unavailable      no answer, or a server error
            └── Unreadable   an answer that is not this forge's API: a proxy's page, a wrong apiURL

Every message is one line that names the request and holds no token.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a forge's rules refuse a request, in words that hold for each forge."""

    CHECKS_PENDING = "ChecksPending"
    CHECKS_FAILED = "ChecksFailed"
    REVIEW_REQUIRED = "ReviewRequired"
    CHANGES_REQUESTED = "ChangesRequested"
    BEHIND = "Behind"
    CONFLICT = "Conflict"
    CHECKING = "Checking"
    """The forge has not worked out yet whether it can merge: ask again in a moment."""
    HEAD_MOVED = "HeadMoved"
    """The branch is no longer at the commit that was looked at."""
    DRAFT = "Draft"
    CLOSED = "Closed"
    MERGED = "Merged"
    """It is merged already."""
    METHOD_FORBIDDEN = "MethodForbidden"
    EXISTS = "Exists"
    BLOCKED = "Blocked"
    """A rule of the forge that has no name here; its words say which."""
    INVALID = "Invalid"
    """The request itself is wrong."""


class ForgeError(Exception):
    """Root of the errors of `forges`."""

    def __init__(self, message: str) -> None:
        # Words of a forge stand in it: they shall not break the line, nor reach a terminal as commands.
        super().__init__("".join(each if each.isprintable() else " " for each in message))


class Final(ForgeError):
    """Another try will say the same."""


class NotFound(Final):
    """It does not exist, or the token may not see it; forges do not tell these apart."""


class NoRight(Final):
    """The account of the token may not do it."""


class TokenRefused(NoRight):
    """The token is unknown, expired or revoked."""


class Refused(Final):
    """A rule of the forge says no."""

    def __init__(self, message: str, *, reason: Reason, words: str = "", status: int = 0) -> None:
        self.reason = reason
        self.words = words
        self.status = status
        super().__init__(message)


class Unsupported(Final):
    """This kind of forge has no such thing."""


class Later(ForgeError):
    """Worth another try; `after` is the number of seconds to wait, None where the forge named none."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        self.after = after
        super().__init__(message)


class RateLimited(Later):
    """The forge takes no more calls for now."""


class Unavailable(Later):
    """The forge did not answer, or answered that it is ill."""


class Unreadable(Unavailable):
    """The answer does not have the form of this forge's API."""
