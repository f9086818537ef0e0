"""Asks a repository again while it is in trouble, or lets nobody in: what is to be pushed exists only here."""

import time
from collections.abc import Callable, Collection
from typing import Protocol, TypeVar

from workflows.steps.errors import AccessRefused, StepError, Stopped, TryAgain
from workflows.steps.speech import say

T = TypeVar("T")

FOR_A_PERSON = 12
"""How many times longer an agent's work waits for a repository that refuses the key: somebody has to renew a Secret, which is read anew."""


class Stopping(Protocol):
    """What may end a wait."""

    asked: bool

    def wait(self, seconds: float) -> bool:
        """Sleep; true when we are told to stop."""


class Never:
    """For a step whose waits a signal ends by itself."""

    asked = False

    def wait(self, seconds: float) -> bool:
        """Sleep."""
        time.sleep(seconds)
        return False


class Patience:
    """So many seconds for all that is asked through it, from the first answer on that is none; so many times more where the key is
    `refused`. `first` and `longest` are its pauses, `only` the errors that are waited for, where not all are that another try may mend.
    """

    def __init__(
        self,
        seconds: float,
        stopping: Stopping,
        *,
        refused: int = 1,
        first: float = 0.5,
        longest: float = 60.0,
        only: Collection[type[StepError]] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._stopping = stopping
        self._refused = refused
        self._first = first
        self._longest = longest
        self._only = only
        self._monotonic = monotonic
        self._began: float | None = None

    def over(self, do: Callable[[], T]) -> T:
        """Do it, as often as it takes; once when we are to stop already. Raises its last error, or Stopped."""
        pause = self._first
        while True:
            try:
                return do()
            except (TryAgain, AccessRefused) as error:
                if (
                    self._stopping.asked
                    or (self._only and type(error) not in self._only)
                    or self._is_out(error, pause)
                ):
                    raise
                say(f"trying again in {pause:g} s: {error}")
            if self._stopping.wait(pause):
                raise Stopped
            pause = min(pause * 2, self._longest)

    def _is_out(self, error: StepError, pause: float) -> bool:
        now = self._monotonic()
        self._began = now if self._began is None else self._began
        longest = self._seconds * (self._refused if isinstance(error, AccessRefused) else 1)
        return now + pause > self._began + longest
