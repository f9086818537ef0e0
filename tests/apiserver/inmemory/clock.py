"""Virtual time: it stands still while anything is under way, and leaps to the next timer when everybody waits.

So a test sees ten minutes of an adapter in milliseconds, and no test sleeps. Sockets must be of this machine and, to be sure
that what was written can be read at once, unix sockets.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

BEYOND = 1e-6
"""Seconds that a leap goes past its timer. A loop runs timers a nanosecond early, and who asks it for the time then waits again, for ever."""


class _Leaping(selectors.DefaultSelector):
    """Asks the kernel without waiting; when nothing is ready, time passes instead."""

    now = 0.0
    patience = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """See `selectors`."""
        found = super().select(0)
        if not found and self.patience and timeout != 0:
            found = super().select(self.patience)
        if not found and timeout is None:
            raise RuntimeError("everybody waits, and no timer is set: this test would never end")
        if not found and timeout:
            self.now += timeout + BEYOND
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time. What others leave to threads is done on the spot, or time would pass meanwhile."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    @property
    def patience(self) -> float:
        """Seconds of real time that every leap waits for sockets first: TCP may take a moment to bring what was written."""
        return self._leaping.patience

    @patience.setter
    def patience(self, seconds: float) -> None:
        self._leaping.patience = seconds

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._leaping.now

    def run_in_executor(
        self, _executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """See `asyncio`."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - as an executor does: it goes to who waits
            done.set_exception(error)
        return done


def run(main: Coroutine[Any, Any, T], *, most: float = 86400.0) -> T:
    """Run a test in virtual time, `most` seconds of it."""

    async def within() -> T:
        async with asyncio.timeout(most):
            return await main

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(within())
