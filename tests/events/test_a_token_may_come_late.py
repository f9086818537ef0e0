"""A Secret that is made after its rig is mounted a minute later: what happened meanwhile is not left until the next interval."""

import asyncio
from contextlib import suppress

import pytest
from aiohttp import web
from towns import Town

from events.secrets import Secrets
from events.service import Service
from events.settings import EventsSettings
from events.stores.town import TownStore
from workflows.clock import utc_now


class Always:
    """The only replica."""

    async def leads(self):
        """It does."""
        return True


class Down:
    """A forge that counts who asks and answers that it is busy."""

    asked = 0

    async def answer(self, _request):
        """What it answers everybody."""
        self.asked += 1
        return web.Response(status=503)


@pytest.fixture
def serve(tmp_path):
    """Run a scenario beside a service that polls once an hour, and a town whose rig is on the forge."""

    def served(scenario, *, token):
        async def run():
            forge, app = Down(), web.Application()
            app.router.add_route("*", "/{path:.*}", forge.answer)
            runner = web.AppRunner(app)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            api = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1"
            town = Town(
                tmp_path, None, utc_now, forge={"kind": "gitea", "apiURL": api, "repository": "acme/app"}
            )
            file = town.home.secrets / "forge" / "token"
            if not token:
                file.unlink()
            settings = EventsSettings(listen="127.0.0.1", port=0, health_port=0, poll=3600, tell=60)
            service = Service(settings, TownStore(town.local), Secrets(town.home.secrets), Always())
            running = asyncio.create_task(service.run(asyncio.Event()))
            try:
                await scenario(forge, town, file)
            finally:
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running
                await runner.cleanup()

        asyncio.run(run())

    return served


async def until(holds):
    """Wait until something is so."""
    for _ in range(1500):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")


def reason(town):
    """What the rig says of its webhook."""
    (rig,) = town.local.rigs.listening()
    return next((each.message for each in rig.status.conditions if "is not there" in each.message), "")


def test_the_forge_is_asked_once_the_token_is_there(serve):
    """Not before, and long before the next poll; until then the rig says what is missing."""

    async def scenario(forge, town, file):
        await until(lambda: reason(town))
        assert forge.asked == 0
        file.write_text("bot")
        await until(lambda: forge.asked)

    serve(scenario, token=False)


def test_a_forge_that_is_down_is_not_asked_again_and_again(serve):
    """Its token was there: the next poll is the next try."""

    async def scenario(forge, _town, _file):
        await until(lambda: forge.asked)
        seen = forge.asked
        await asyncio.sleep(1.5)
        assert forge.asked == seen

    serve(scenario, token=True)
