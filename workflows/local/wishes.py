"""What a running convoy is asked for, apart from the runner: who only reads a town need not load what runs it."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What people and limits ask of a running convoy: `terminated` are tasks, `spent` is why no further polecat may start.

    `logged_out` holds all agents until their credentials are renewed.
    """

    stop: bool = False
    suspend: bool = False
    spent: str = ""
    terminated: frozenset[str] = frozenset()
    logged_out: bool = False
