"""How a step ended, as an exit code that Argo sees and a reason that people read.

Argo's retry expression, the status of a Polecat and the launcher's shell all share this one table.
"""

import enum
from typing import Self


class Reason(enum.Enum):
    """The outcome of a polecat or of a merge; the value is the exit code of the container called `main`."""

    COMPLETED = 0
    FAILED = 1
    NO_CHANGES = 10
    ESCALATED = 11
    TERMINATED = 12
    AUTH_FAILED = 20
    RATE_LIMITED = 21
    BUDGET_EXCEEDED = 22
    TIMED_OUT = 23
    AGENT_MISSING = 24
    REFUSED = 25
    CONTEXT_EXCEEDED = 26
    MODEL_MISSING = 27
    CREDENTIALS_EXPIRED = 28
    CONFLICT = 30
    GATE_FAILED = 31
    REJECTED = 32
    TARGET_MOVED = 33
    TARGET_RED = 34
    AWAITING_REVIEW = 35
    DECLINED = 36
    AWAITING_CHECKS = 37
    CLAIMED = 38
    AWAITING_CLAIM = 39

    @property
    def word(self) -> str:
        """The reason as it stands in a condition: `NoChanges`, `GateFailed`."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def final(self) -> bool:
        """True where another try ends the same way, so Argo must not retry."""
        return self not in (Reason.FAILED, Reason.RATE_LIMITED, *_DELAYS)

    @property
    def delay(self) -> bool:
        """True where nothing is wrong with the work or the machine, so that the try must not count as one."""
        return self in _DELAYS

    @classmethod
    def of(cls, code: int) -> Self:
        """The reason of an exit code; an unknown code is `Failed`, which covers crashes and lost pods."""
        try:
            return cls(code)
        except ValueError:
            return cls(cls.FAILED)


_DELAYS = (
    Reason.TARGET_MOVED,
    Reason.TARGET_RED,
    Reason.AWAITING_REVIEW,
    Reason.AWAITING_CHECKS,
    Reason.CREDENTIALS_EXPIRED,
    Reason.AWAITING_CLAIM,
)

DELAY_CODES = tuple(reason.value for reason in _DELAYS)
"""Exit codes of a merge whose turn has not come (people pushed to the target meanwhile, it is red by itself, or a pull request
waits), of an agent whose credentials a person has to renew, and of new words for a bead that another convoy works.
"""

FINAL_CODES = tuple(reason.value for reason in Reason if reason.final)
"""Exit codes that stop the retries, success among them."""
