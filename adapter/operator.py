"""The operator: one process from its start over the lease to a graceful end."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Protocol

from adapter.api.argoserver import Hydrator
from adapter.api.gateway import ClusterGateway
from adapter.api.leases import LeaderElection
from adapter.cache.kopfwatches import Deliver
from adapter.errors import AdapterError
from adapter.metrics.server import HealthServer
from adapter.queue import workers
from adapter.settings import AdapterSettings
from adapter.wiring import Wiring
from workflows.clock import Clock, utc_now

log = logging.getLogger(__name__)

FIRST_LIST = 60.0
"""Seconds in which the first list must have come, or the process ends and is started anew."""


class Watches(Protocol):
    """The watches of what people set up, from the moment that this process leads."""

    def start(self) -> None:
        """Begin to watch."""

    async def ended(self) -> None:
        """Return when they have ended, by `stop` or by themselves."""

    async def stop(self) -> None:
        """End them."""


class Operator:
    """One replica of the adapter. `watches` makes the watches of what people set up; `clock` is monotonic, in seconds."""

    def __init__(
        self,
        settings: AdapterSettings,
        gateway: ClusterGateway,
        *,
        watches: Callable[[Deliver], Watches],
        identity: str,
        hydrator: Hydrator | None = None,
        now: Clock = utc_now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._watches = watches
        self._clock = clock
        self._wiring = Wiring(settings, gateway, identity=identity, hydrator=hydrator, now=now, clock=clock)
        self.metrics = self._wiring.metrics
        self._election = (
            LeaderElection(
                gateway,
                namespace=settings.namespace,
                identity=identity,
                settings=settings.lease,
                now=now,
            )
            if settings.lease
            else None
        )
        self._leads = False
        self.health = HealthServer(
            host=settings.listen, port=settings.port, metrics=self.metrics, sickness=self.sickness
        )

    async def run(self, stop: asyncio.Event) -> bool:
        """Work until told to stop; False when it ended by itself, so that whoever started it starts it anew."""
        await self.health.start()
        try:
            if not await self._led(stop):
                return True
            return await self._lead(stop)
        finally:
            await self.health.stop()

    def sickness(self) -> str:
        """What is wrong with this process, empty while nothing is."""
        if not self._leads:
            return ""
        age = self._clock() - self._wiring.resync.compared
        if age > 3 * self._settings.resync + FIRST_LIST:
            return f"nothing could be compared with the cluster for {age:.0f} s"
        if self._wiring.resync.stalled:
            return f"the watch of {', '.join(self._wiring.resync.stalled)} brings nothing"
        return ""

    async def _led(self, stop: asyncio.Event) -> bool:
        """Wait for the lead; False when told to stop before."""
        if self._election is None:
            return True
        acquiring = asyncio.create_task(self._election.acquire())
        stopping = asyncio.create_task(_until(stop))
        await asyncio.wait({acquiring, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await _cancel(stopping)
        if acquiring.done():
            await acquiring
            return True
        await _cancel(acquiring)
        return False

    async def _lead(self, stop: asyncio.Event) -> bool:
        self._leads = True
        self.metrics.leader.set(1)
        watcher = self._watches(self._wiring.deliver)
        tasks = {asyncio.create_task(_until(stop), name="stop")}
        if self._election:
            tasks.add(asyncio.create_task(self._election.keep(), name="lease"))
        hands: list[asyncio.Task[None]] = []
        try:
            watcher.start()
            async with asyncio.timeout(FIRST_LIST):
                streams = await self._wiring.fill()
            log.info("cache filled", extra={"objects": self._wiring.counts()})
            hands = workers.start(
                self._settings.workers, self._wiring.queue, self._wiring.reconcilers(), self.metrics
            )
            tasks.add(asyncio.create_task(watcher.ended(), name="watches"))
            tasks.add(asyncio.create_task(self._wiring.resync.run(), name="resync"))
            tasks |= {asyncio.create_task(each.run(), name="stream") for each in streams}
            tasks.add(asyncio.create_task(self._wiring.recorder.run(), name="events"))
            tasks.add(asyncio.create_task(self._wiring.escalator.run(), name="escalations"))
            if reader := self._wiring.log_reader():
                tasks.add(asyncio.create_task(reader.run(), name="logs"))
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                log.info("operator ends", extra={"because": each.get_name()})
                each.result()
        except (AdapterError, TimeoutError) as error:
            log.error("operator ends", extra={"because": str(error) or "the first list took too long"})  # noqa: TRY400
        finally:
            await self._wind_up(watcher, tasks, hands)
        return stop.is_set()

    async def _wind_up(
        self, watcher: Watches, tasks: set[asyncio.Task[None]], hands: list[asyncio.Task[None]]
    ) -> None:
        """Take nothing new, finish what is under way, then let the next replica lead."""
        self._wiring.queue.close()
        if hands:
            _, late = await asyncio.wait(hands, timeout=self._settings.grace)
            for each in late:
                await _cancel(each)
        for each in tasks:
            await _cancel(each)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.grace):
                await watcher.stop()
        if self._election:
            await self._election.release()
        self._leads = False
        self.metrics.leader.set(0)


async def _until(event: asyncio.Event) -> None:
    await event.wait()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, AdapterError):
        await task
