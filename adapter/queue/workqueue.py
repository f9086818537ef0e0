"""The work queue: keys to reconcile, each once, however often they were added.

kopf neither repeats a handler that failed nor joins events of one object (measured: 1.45.2), so both are done here.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable

from adapter.objects.keys import Key

FIRST = 0.1
"""Seconds before the first repetition of what failed; each further one waits twice as long, up to LAST."""
LAST = 60.0


class WorkQueue:
    """At most one worker has a key at a time, and a key that is added meanwhile comes round once more.

    Urgent keys go before others: a polecat's status is what people watch, sums may come a moment later.
    """

    def __init__(
        self, *, urgent: Callable[[Key], bool] = lambda _: False, jitter: Callable[[], float] = random.random
    ) -> None:
        self._urgent = urgent
        self._jitter = jitter
        self._ready: tuple[deque[Key], deque[Key]] = (deque(), deque())
        self._queued: set[Key] = set()
        self._running: set[Key] = set()
        self._again: set[Key] = set()
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._failures: dict[Key, int] = {}
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._closed = False

    @property
    def depth(self) -> int:
        """How many keys wait for a worker."""
        return len(self._queued)

    @property
    def idle(self) -> bool:
        """True while no key waits or is being reconciled; keys that wait for their time don't count."""
        return not self._queued and not self._running and not self._again

    def add(self, key: Key, *, after: float = 0.0) -> None:
        """Add a key, now or in `after` seconds; the earlier of two counts."""
        if self._closed:
            return
        if after > 0:
            self._add_later(key, after)
            return
        if timer := self._timers.pop(key, None):
            timer.cancel()
        if key in self._running:
            self._again.add(key)
        elif key not in self._queued:
            self._queued.add(key)
            self._ready[0 if self._urgent(key) else 1].append(key)
            self._wake()

    async def get(self) -> Key | None:
        """The next key, which is the worker's until `done`; None once the queue is closed."""
        while not self._closed:
            for lane in self._ready:
                if lane:
                    key = lane.popleft()
                    self._queued.discard(key)
                    self._running.add(key)
                    return key
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        return None

    def done(self, key: Key, *, failed: bool = False) -> None:
        """Give a key back. One that failed is added again by itself, later each time."""
        self._running.discard(key)
        if failed:
            count = self._failures[key] = self._failures.get(key, 0) + 1
            delay = min(LAST, FIRST * 2 ** min(count - 1, 16))
            self._again.discard(key)
            self.add(key, after=delay * (0.5 + self._jitter() / 2))
            return
        self._failures.pop(key, None)
        if key in self._again:
            self._again.discard(key)
            self.add(key)

    def close(self) -> None:
        """Hand out nothing more; whoever waits in `get` gets None. What is held is finished by who holds it."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        while self._waiters:
            self._wake()

    def _add_later(self, key: Key, after: float) -> None:
        loop = asyncio.get_running_loop()
        timer = self._timers.get(key)
        if timer is not None:
            if timer.when() <= loop.time() + after:
                return
            timer.cancel()
        self._timers[key] = loop.call_later(after, self._due, key)

    def _due(self, key: Key) -> None:
        self._timers.pop(key, None)
        self.add(key)

    def _wake(self) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
