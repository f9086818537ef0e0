"""gastown-events beside a forge that a test plays, in one event loop."""

import asyncio
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from events.secrets import Secrets
from events.service import Service
from events.settings import EventsSettings


class Always:
    """The only replica."""

    async def leads(self):
        """It does."""
        return True


@asynccontextmanager
async def forge_of(answer):
    """The address of the API of a forge that answers so, whatever is asked."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving(town, store, **settings):
    """The port that a service of a town listens on, while it runs."""
    ports = asyncio.get_running_loop().create_future()
    told = EventsSettings(listen="127.0.0.1", port=0, health_port=0, tell=60, **settings)
    service = Service(told, store, Secrets(town.home.secrets), Always())
    running = asyncio.create_task(service.run(asyncio.Event(), ready=lambda *found: ports.set_result(found)))
    try:
        yield (await ports)[0]
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def until(holds, *, seconds=30):
    """Wait until something is so."""
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")
