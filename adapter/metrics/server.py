"""/healthz and /metrics over HTTP."""

import asyncio
from collections.abc import Callable

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from adapter.metrics.registry import Metrics

Sickness = Callable[[], str]
"""What is wrong, as a sentence; empty while all is well."""


class HealthServer:
    """Answers the kubelet and Prometheus. `port` is the one it listens on, once started."""

    def __init__(self, *, host: str, port: int, metrics: Metrics, sickness: Sickness) -> None:
        self._host = host
        self.port = port
        self._metrics = metrics
        self._sickness = sickness
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/metrics", self._measures)
        self._runner = web.AppRunner(app, access_log=None)

    async def start(self) -> None:
        """Begin to listen."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """End; what is being answered is answered."""
        await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        wrong = self._sickness()
        return web.Response(text=f"{wrong or 'ok'}\n", status=503 if wrong else 200)

    async def _measures(self, _: web.Request) -> web.Response:
        # Thousands of lines are text soon, but not on the loop that writes statuses.
        body = await asyncio.to_thread(generate_latest, self._metrics.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})
