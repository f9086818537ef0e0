"""How often something is done, in the words of cron.

Argo also takes `@every 7m`, which looks like the better fit and is none: its controller starts that clock anew whenever it looks
at the CronWorkflow, every 20 minutes at least, so that `@every 30m` would never come (controller.go of 4.0.2).
"""

import hashlib
from typing import NamedTuple

_MINUTES = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
_HOURS = (1, 2, 3, 4, 6, 8, 12)
_DAY = 24 * 3600


class Schedule(NamedTuple):
    """A cron schedule, and its seconds from one time to the next."""

    cron: str
    seconds: int


def schedule(seconds: float, seed: str) -> Schedule:
    """The schedule that is the next more often one that cron can say, once a minute at the most and once a day at the least.

    `seed` chooses the minute within it: a hundred stores are not read at the same second.
    """
    offset = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) % _DAY // 60
    minutes = max((each for each in _MINUTES if each * 60 <= seconds), default=1)
    hours = max((each for each in _HOURS if each * 3600 <= seconds), default=0)
    if seconds >= _DAY:
        return Schedule(f"{offset % 60} {offset // 60} * * *", _DAY)
    if hours:
        return Schedule(f"{offset % 60} {offset // 60 % hours}-23/{hours} * * *", hours * 3600)
    if minutes == 1:
        return Schedule("* * * * *", 60)
    return Schedule(f"{offset % minutes}-59/{minutes} * * * *", minutes * 60)
