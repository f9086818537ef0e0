"""One replica of the adapter: the real operator, whose requests go through a unix socket to the apiserver in memory."""

import asyncio
import contextlib
import datetime
from collections.abc import Callable
from typing import Any

import aiohttp
from inmemory import Apiserver, Manifest
from kubernetes import aio

from adapter.api.gateway import ClusterGateway
from adapter.errors import Expired, Retry
from adapter.objects.kinds import SET_UP
from adapter.operator import Operator
from adapter.settings import AdapterSettings

Deliver = Callable[[str, str, Manifest], None]


class Replica:
    """Runs from `start` to `stop` or `kill`."""

    def __init__(
        self,
        server: Apiserver,
        settings: AdapterSettings,
        now: Callable[[], datetime.datetime],
        *,
        identity: str = "replica-1",
    ) -> None:
        self.settings = settings
        self._server = server
        self._now = now
        self._identity = identity
        self._stop = asyncio.Event()
        self._running: asyncio.Task[bool] | None = None
        self.operator: Operator | None = None

    def start(self) -> None:
        """Begin, as a process would."""
        self._server.offline.discard(self._identity)
        self._stop = asyncio.Event()
        self._running = asyncio.create_task(self._run(), name=self._identity)

    async def stop(self) -> bool:
        """End as by SIGTERM; True where it ended well."""
        self._stop.set()
        return await self.ended()

    async def ended(self) -> bool:
        """Wait until it ends by itself; True where it was told to."""
        running, self._running = self._running, None
        return await running if running else True

    async def kill(self) -> None:
        """End it as by SIGKILL: whatever it would still say, the apiserver does not hear."""
        running, self._running = self._running, None
        if running:
            self._server.part(self._identity)
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    @property
    def alive(self) -> bool:
        """True until it ended."""
        return self._running is not None and not self._running.done()

    def measure(self, name: str, **labels: str) -> float:
        """One of its metrics; 0 where it was never counted."""
        if self.operator is None:
            return 0.0
        return self.operator.metrics.registry.get_sample_value(name, labels) or 0.0

    @property
    def leads(self) -> bool:
        """True while it works."""
        return self.alive and self.measure("gastown_leader") == 1

    async def _run(self) -> bool:
        configuration: Any = aio.client.Configuration(host="http://apiserver")
        async with aio.client.ApiClient(configuration) as client:
            client.rest_client.pool_manager = aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(str(self._server.socket)),
                headers={"User-Agent": self._identity},
            )
            gateway = ClusterGateway(client)
            self.operator = Operator(
                self.settings,
                gateway,
                watches=lambda deliver: Watches(gateway, deliver, self.settings.places),
                identity=self._identity,
                now=self._now,
                clock=asyncio.get_running_loop().time,
            )
            return await self.operator.run(self._stop)


class Watches:
    """What kopf does for the adapter, in virtual time: kopf itself needs a thread. What is deleted while it looks away it never tells."""

    def __init__(self, gateway: ClusterGateway, deliver: Deliver, places: tuple[str, ...]) -> None:
        self._gateway = gateway
        self._deliver = deliver
        self._places = places
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to watch."""
        self._tasks = [
            asyncio.create_task(self._watch(kind, place)) for kind in SET_UP for place in self._places
        ]

    async def ended(self) -> None:
        """Return when all have ended."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        """End them."""
        for each in self._tasks:
            each.cancel()
        await self.ended()

    async def _watch(self, kind: str, place: str) -> None:
        while True:
            with contextlib.suppress(Retry):
                async for page in self._gateway.pages(kind, namespace=place):
                    version = page["metadata"]["resourceVersion"]
                    for item in page["items"]:
                        self._deliver("LISTED", kind, item)
                await self._follow(kind, place, version)
            await asyncio.sleep(5)

    async def _follow(self, kind: str, place: str, version: str) -> None:
        while True:
            try:
                async for event in self._gateway.watch(kind, namespace=place, version=version):
                    version = event["object"]["metadata"]["resourceVersion"]
                    if event["type"] != "BOOKMARK":
                        self._deliver(event["type"], kind, event["object"])
            except Expired:
                return
