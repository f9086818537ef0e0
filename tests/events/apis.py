"""An apiserver of a few routes over HTTP, for what events ask of one."""

import asyncio

from aiohttp import web
from kubernetes import aio

from events.stores.apiserver import Apiserver


def with_api(routes, scenario):
    """Run a scenario with a client of these routes."""

    async def whole():
        app = web.Application()
        app.add_routes(routes)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        configuration = aio.client.Configuration(host=f"http://127.0.0.1:{runner.addresses[0][1]}")
        try:
            async with aio.client.ApiClient(configuration) as client:
                await scenario(Apiserver(client))
        finally:
            await runner.cleanup()

    asyncio.run(whole())
