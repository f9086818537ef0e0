"""A Secret that is made after its rig is mounted a minute later: what happened meanwhile is not left until the next interval."""

import asyncio

import pytest
from aiohttp import web
from services import forge_of, serving, until
from towns import Town

from events.stores.town import TownStore
from workflows.clock import utc_now


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
            forge = Down()
            async with forge_of(forge.answer) as api:
                where = {"kind": "gitea", "apiURL": api, "repository": "acme/app"}
                town = Town(tmp_path, None, utc_now, forge=where)
                file = town.home.secrets / "forge" / "token"
                if not token:
                    file.unlink()
                async with serving(town, TownStore(town.local), poll=3600):
                    await scenario(forge, town, file)

        asyncio.run(run())

    return served


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
