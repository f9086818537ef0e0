"""Whether a merge that waits for people has to look again, by a list of its rig's pull requests. Pure."""

import datetime
from collections.abc import Mapping
from typing import NamedTuple, Self

from crds import EventsStatus
from crds.eventsources import JUDGED

SKEW = datetime.timedelta(seconds=5)
"""How far the clocks of who lists and of who waits may differ: a list from before the wait tells nothing about it, a judgement from before
the look nothing new.
"""


class Listed(NamedTuple):
    """How a rig's open pull requests looked, `at` a moment: by each one's mark when it was judged last, empty where nobody told."""

    at: datetime.datetime
    marks: Mapping[str, str]

    @classmethod
    def of(cls, told: EventsStatus | None) -> Self | None:
        """None where they were never listed."""
        if told is None or told.pulls_at is None:
            return None
        parts = (each.partition(JUDGED) for each in told.pulls)
        return cls(told.pulls_at, {mark: judged for mark, _, judged in parts})

    def changed(self, mark: str, *, since: datetime.datetime, looked_at: datetime.datetime | None) -> bool:
        """Whether the one that looked like `mark` to a merge, which has waited `since`, looks otherwise, is gone, or was judged."""
        if mark not in self.marks:
            return self.at >= since + SKEW
        judged = self.marks[mark]
        if not judged.isdecimal() or looked_at is None:
            return False
        return int(judged) >= (looked_at - SKEW).timestamp()
