"""Which of an agent's models works next, where one is at its limit or is not there."""

import datetime
from typing import NamedTuple

from workflows.exits import Reason
from workflows.transcript.outcome import Outcome

LONGEST_PAUSE = 900
"""Seconds of one wait for a limit that names no end; each is twice as long as the one before."""


class Next(NamedTuple):
    """The model to go on with, by its place, and the seconds until then: 0 for at once."""

    model: int
    seconds: int


class Models:
    """The models of one agent, in the order in which they are wanted. `park` are the seconds that it may wait in all."""

    def __init__(self, names: tuple[str, ...], park: int) -> None:
        self._names = names
        self._missing: set[int] = set()
        self._limits: dict[int, datetime.datetime | None] = {}
        self._pause = park // 60 + 1
        self.left = park
        self.at = 0

    @property
    def name(self) -> str:
        """The model that works; empty where the agent chooses."""
        return self._names[self.at]

    def after(self, found: Outcome, now: datetime.datetime) -> Next | None:
        """What comes after a run that ended so; None where nothing helps."""
        if found.reason is Reason.MODEL_MISSING:
            self._missing.add(self.at)
        elif found.reason is Reason.RATE_LIMITED:
            self._limits[self.at] = found.lifts
        else:
            return None
        tried = self._missing | self._limits.keys()
        other = next((each for each in range(len(self._names)) if each not in tried), None)
        if other is not None:
            self.at = other
            return Next(other, 0)
        return self._parked(now) if self._limits else None

    def _parked(self, now: datetime.datetime) -> Next | None:
        """All are at their limits: the wait for the one that is free first."""
        if self.left <= 0:
            return None
        told = [(lifts, each) for each, lifts in self._limits.items() if lifts]
        if told:
            lifts, model = min(told)
            # A few seconds more: clocks differ.
            seconds = max(int((lifts - now).total_seconds()) + 2, 1)
            if seconds > self.left:
                return None
        else:
            model, seconds = min(self._limits), min(self._pause, self.left)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self.left -= seconds
        self.at, self._limits = model, {}
        return Next(model, seconds)
