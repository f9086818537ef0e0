"""Who is stuck is told to a sink, by the whole adapter, over HTTP: once, with patience, and remembered in the Witness."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from playtown import Bead, Town, bead
from playtown.town import HOME

WITNESS = f"{HOME}/ap-witness"

pytestmark = pytest.mark.settings(escalation_targets=["http://127.0.0.1:*/**"])


@asynccontextmanager
async def _sink(*codes: int) -> AsyncIterator[tuple[str, list[str]]]:
    """A sink that answers with these codes, then well: its address, and the ids that it was told."""
    # TCP may take a moment of real time to bring what was written.
    asyncio.get_running_loop().patience = 0.005
    left, told = list(codes), []

    async def take(request: web.Request) -> web.Response:
        told.append(json.loads(await request.read())["id"])
        return web.Response(status=left.pop(0) if left else 202)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/", told
    finally:
        await runner.cleanup()


async def _stuck(town: Town, address: str) -> None:
    """A polecat that waits for a person, and a witness that calls there."""
    town.rig()
    await town.until("the witness", lambda: bool(town.get("Witness", WITNESS)))
    town.patch("Witness", WITNESS, {"spec": {"escalationTarget": address}})
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=Bead(work="Failed", told={"reason": "Escalated"}))
    town.end("demo-1", "Failed")
    await town.until("the word", lambda: bool(town.status("Witness", WITNESS).get("stuck")))


def _escalated(town: Town) -> bool:
    return bool(town.status("Witness", WITNESS)["stuck"][0].get("escalated"))


async def test_a_call_is_made_once(town: Town) -> None:
    """The Witness says when; a restart calls nobody again."""
    async with _sink() as (address, told):
        await _stuck(town, address)
        await town.until("the call", lambda: _escalated(town))
        await town.adapter.stop()
        town.adapter.start()
        await town.rest(60)
        assert 1 == len(told)


async def test_a_sink_that_is_busy_is_called_again(town: Town) -> None:
    """The same call, by its id, later each time."""
    async with _sink(503, 429) as (address, told):
        await _stuck(town, address)
        await town.until("the call", lambda: _escalated(town))
        assert (3, 1) == (len(told), len(set(told)))
        assert 1 == town.adapter.measure("gastown_escalations_total", result="sent")


@pytest.mark.parametrize("codes", [(400,), (503, 503, 503, 503)], ids=["refused", "never-there"])
async def test_a_call_that_nobody_takes_is_counted(town: Town, codes: tuple[int, ...]) -> None:
    """And stands in the Witness as not taken; nothing else waits for it."""
    async with _sink(*codes) as (address, _):
        await _stuck(town, address)
        await town.until(
            "the loss", lambda: town.adapter.measure("gastown_escalations_total", result="lost") == 1
        )
        assert not _escalated(town)
