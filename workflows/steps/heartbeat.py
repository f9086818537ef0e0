"""The signs of life by which a polecat keeps the claim of its bead."""

from workflows.steps.claim import Claims
from workflows.steps.speech import say

FIRST_BEAT, BEAT = 5.0, 30.0
"""Seconds until the first heartbeat of a polecat that works, and between two: a short agent costs none."""


class Heartbeat:
    """Keeps a claim while the polecat works."""

    def __init__(self, claims: Claims, held: str) -> None:
        self._claims = claims
        self._held = held
        self._due = claims.monotonic() + FIRST_BEAT

    def beat(self) -> None:
        """Renew, when it is time to. A claim that was lost is said once, and the work goes on: its branch decides."""
        if not self._held or self._claims.monotonic() < self._due:
            return
        self._due = self._claims.monotonic() + BEAT
        held = self._claims.renew(self._held)
        if not held:
            say(f"the claim of {self._claims.task.bead} was lost: somebody else took it over")
        self._held = held

    def end(self) -> None:
        """The bead is free for others."""
        self._claims.release(self._held)
        self._held = ""
