"""What each process of gastown-events needs to serve: ports, health, and an end for all that it runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from events.metrics import Metrics


def health(metrics: Metrics) -> web.Application:
    """`/healthz` for the kubelet and `/metrics` for Prometheus, on a port of their own."""

    async def well(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def told(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), content_type="text/plain", charset="utf-8")

    app = web.Application()
    app.router.add_get("/healthz", well)
    app.router.add_get("/metrics", told)
    return app


@contextlib.asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve an application; tells its port. What is in flight at the end gets ten seconds."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=10.0, lingering_time=2.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def until(stop: asyncio.Event, loops: Sequence[asyncio.Task[None]]) -> None:
    """Wait for the end; a loop that ends by itself is an error, and ends the process."""
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([stopping, *loops], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in (stopping, *loops):
            each.cancel()
        await asyncio.gather(stopping, *loops, return_exceptions=True)
    for each in done - {stopping}:
        each.result()
