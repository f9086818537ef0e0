"""Nodes that Argo keeps in a database, asked of argo-server: a real HTTP server here, that answers as argo-server's API says."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from kubernetes import aio

from adapter.api.argoserver import ArgoServer
from adapter.cache.cache import Cache
from adapter.errors import AdapterError, Denied, Missing, Retry, Unreachable
from adapter.objects.reading import view
from adapter.objects.views import View, WorkflowView
from adapter.settings import ArgoServerSettings

Make = Callable[..., Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclasses.dataclass
class Stored:
    """A Workflow of ours, and how the apiserver shows it while its nodes are stored elsewhere."""

    whole: dict[str, Any]

    @property
    def seen(self) -> WorkflowView:
        """As the watch brings it."""
        status = self.whole["status"] | {"nodes": None, "offloadNodeStatusVersion": "fnv:784127654"}
        found = view("Workflow", self.whole | {"status": status})
        assert isinstance(found, WorkflowView)
        return found


@pytest.fixture
def stored(make_workflow: Make) -> Stored:
    """One that runs, with one bead done."""
    return Stored(make_workflow("c-1", {"ap-1": "Succeeded", "ap-2": "Running"}, owner="Convoy/c"))


@asynccontextmanager
async def _serving(handler: Handler) -> AsyncIterator[ArgoServer]:
    app = web.Application()
    app.router.add_get("/api/v1/workflows/{namespace}/{name}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    configuration: Any = aio.client.Configuration(host="https://apiserver.invalid")
    configuration.api_key = {"BearerToken": "Bearer own"}
    try:
        async with aio.client.ApiClient(configuration) as client:
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield ArgoServer(client, ArgoServerSettings(url=f"{url}/"))
    finally:
        await runner.cleanup()


def _ask(handler: Handler, seen: WorkflowView) -> WorkflowView:
    async def asked() -> WorkflowView:
        async with _serving(handler) as server:
            return await server.whole(seen)

    return asyncio.run(asked())


def test_they_are_asked_for_with_the_adapters_own_token(stored: Stored) -> None:
    """By name, and what comes back is observed like any other Workflow."""
    asked: list[tuple[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.path, request.headers["Authorization"]))
        return web.json_response(stored.whole)

    assert not stored.seen.observation.known
    found = _ask(answer, stored.seen)

    assert [("/api/v1/workflows/town/c-1", "Bearer own")] == asked
    assert {"ap-1": "done", "ap-2": "working"} == {bead.bead: bead.stage for bead in found.observation.beads}


REFUSALS = {
    "no such Workflow": (404, {"code": 5, "message": 'workflows.argoproj.io "c-1" not found'}, Missing),
    "offloading is switched off": (
        500,
        {"code": 13, "message": "offload node status is not supported"},
        Unreachable,
    ),
    "not logged in": (401, {"code": 16, "message": "token not valid"}, Unreachable),
    "not allowed": (403, {"code": 7, "message": "workflows.argoproj.io is forbidden"}, Denied),
    "too many questions": (429, {"code": 8, "message": "rate limit exceeded"}, Unreachable),
    "another server": (200, {"hello": "world"}, Denied),
}


@pytest.mark.parametrize(("status", "body", "error"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_it_refuses(
    stored: Stored, status: int, body: dict[str, Any], error: type[AdapterError]
) -> None:
    """Each in the form of its gateway: a code, a message. Classed by what to do next."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    with pytest.raises(error, match="argo-server: GET /api/v1/workflows/town/c-1"):
        _ask(answer, stored.seen)


def test_an_older_answer_is_no_answer(stored: Stored) -> None:
    """It may lag behind the watch; an older truth is never taken for the newer one."""
    older = stored.whole | {"metadata": stored.whole["metadata"] | {"resourceVersion": "0"}}

    async def answer(_: web.Request) -> web.Response:
        return web.json_response(older)

    with pytest.raises(Retry, match="does not show this version's nodes yet"):
        _ask(answer, stored.seen)


def test_another_workflow_of_the_name_is_none_of_ours(stored: Stored) -> None:
    """It was deleted and made again between two looks."""
    other = stored.whole | {"metadata": stored.whole["metadata"] | {"uid": "another"}}

    async def answer(_: web.Request) -> web.Response:
        return web.json_response(other)

    with pytest.raises(Missing):
        _ask(answer, stored.seen)


def test_nobody_answers(stored: Stored) -> None:
    """As with an apiserver that is away: tried again."""

    async def asked() -> None:
        async with aio.client.ApiClient(aio.client.Configuration(host="https://apiserver.invalid")) as client:
            await ArgoServer(client, ArgoServerSettings(url="http://127.0.0.1:1")).whole(stored.seen)

    with pytest.raises(Unreachable):
        asyncio.run(asked())


@pytest.fixture
def cache() -> tuple[Cache, list[tuple[View | None, View | None]]]:
    """A mirror and what it tells of."""
    heard: list[tuple[View | None, View | None]] = []
    made = Cache()
    made.subscribe(lambda before, after: heard.append((before, after)))
    return made, heard


def test_what_was_asked_completes_what_is_held(
    stored: Stored, cache: tuple[Cache, list[tuple[View | None, View | None]]]
) -> None:
    """The same version with its nodes is news; the same without them, or an older one, is not."""
    made, heard = cache
    seen = stored.seen
    whole = dataclasses.replace(seen, observation=_observation(stored))
    newer = dataclasses.replace(seen, version=seen.version + 1)
    made.put(seen)

    assert (True, False) == (made.replace_with(whole), made.put(seen))
    assert made.get(seen.key) == whole
    made.put(newer)
    assert not made.replace_with(whole)
    assert [(None, seen), (seen, whole), (whole, newer)] == heard
    assert [seen.key] == [each.key for each in made.owned(seen.owner_key, seen.owner, WorkflowView)]


def _observation(stored: Stored) -> Any:
    found = view("Workflow", stored.whole)
    assert isinstance(found, WorkflowView)
    return found.observation
