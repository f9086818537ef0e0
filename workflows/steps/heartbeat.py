"""The signs of life by which a polecat keeps the claim of its bead: without it, it publishes nothing."""

from workflows.steps.claim import Claims
from workflows.steps.git.remote import ABSENT, Update

FIRST_BEAT, BEAT = 5.0, 30.0
"""Seconds until the first heartbeat of a polecat that works, and between two: a short agent costs none."""


class Heartbeat:
    """Keeps a claim while the polecat works."""

    def __init__(self, claims: Claims, held: str) -> None:
        self._claims = claims
        self._held = held
        self._due = claims.monotonic() + FIRST_BEAT

    def beat(self) -> None:
        """Renew, when it is time to. Raises Claimed where the bead is another's by now: a machine that slept is not heard of."""
        if not self._held or self._claims.monotonic() < self._due:
            return
        self._due = self._claims.monotonic() + BEAT
        self._held = self._claims.renew(self._held)

    @property
    def part(self) -> list[Update]:
        """The part of the push that publishes which gives the bead back: so that nothing is published by who has lost it."""
        return [Update(self._claims.ref, ABSENT, self._held)] if self._held else []

    def renewed(self) -> bool:
        """After a push that was refused: whether a renewal was the reason. Raises Claimed where somebody took the bead over."""
        before = self._held
        self._held = self._claims.kept(before) if before else ""
        return before != self._held

    def spent(self) -> None:
        """That push went through."""
        self._held = ""

    def end(self) -> None:
        """The bead is free for others."""
        self._claims.release(self._held)
        self._held = ""
