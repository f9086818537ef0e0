"""How often, and for how long, a step is tried again whose tries don't count: a merge whose turn has not come, or that waits for people.

Argo keeps a node for each try, and one object has room for so many: who waits long has to look seldom.
"""

import math
from typing import NamedTuple, Self

REVIEWS_WAIT = 30 * 86_400
"""Seconds for which a pull request of a convoy without a deadline waits for people."""

ROOM = 12_000
"""Looks that one Workflow has room for: each is a node of 1.2 kB, of which 45 to 90 bytes stay once Argo has compressed them, and etcd
takes a megabyte.
"""

SHORTEST = 300
"""Seconds between two looks at a pull request that has waited for a while: each is a pod, and asks the forge a few times."""


class Looks(NamedTuple):
    """At most `limit` of them, with pauses that grow to `pause`. As it stands it is weeks of a red target, with a step's own patience."""

    limit: int = 500
    pause: str = "1m"

    @classmethod
    def at_pulls(cls, *, beads: int, deadline: float) -> Self:
        """Looks that last until the convoy's deadline, 0 for none, however many beads of the Workflow wait as long."""
        wait = deadline or REVIEWS_WAIT
        pause = max(SHORTEST, math.ceil(wait * beads / ROOM))
        return cls(limit=math.ceil(wait / pause) + _FIRST, pause=f"{pause}s")


_FIRST = 10
"""More of them, as the first pauses are shorter."""

USUAL = Looks()

CHECKS = Looks(pause=f"{SHORTEST}s")
"""Looks at checks, before a merge gives way to a wait without a pod."""
