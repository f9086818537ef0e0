"""What a check of a town found: a line of `doctor`."""

import dataclasses
import enum


class Health(enum.Enum):
    """What a check found."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be right: what was looked at, how it is, what was seen, and how to mend it."""

    what: str
    health: Health
    seen: str
    fix: str = ""
