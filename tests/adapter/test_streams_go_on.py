"""A stream goes on from where it was cut, and reads everything anew where the apiserver has forgotten that place."""

import asyncio
import datetime
import json
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from kubernetes import aio

from adapter.api.gateway import ClusterGateway
from adapter.cache.cache import Cache
from adapter.cache.lister import Lister
from adapter.cache.streams import Stream
from adapter.cache.writer import Writer
from adapter.context import Context
from adapter.metrics.measures import Measures
from adapter.metrics.registry import Metrics
from adapter.objects.keys import Key
from adapter.objects.reading import view
from adapter.queue.workqueue import WorkQueue
from adapter.settings import AdapterSettings

POLECATS = "/apis/gastown.gastown.io/v1alpha1/polecats"


def _polecat(name: str, version: int) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "", "uid": f"uid-{name}", "resourceVersion": str(version)}
    return {"kind": "Polecat", "metadata": metadata, "spec": {"rig": "r"}}


def _bookmark(version: int) -> dict[str, Any]:
    return {"type": "BOOKMARK", "object": {"kind": "Polecat", "metadata": {"resourceVersion": str(version)}}}


class Script:
    """An apiserver that tells what it was given: lists in their order, then watches in theirs, and notes from where it was asked to watch."""

    def __init__(self, lists: list[tuple[int, list[Any]]], watches: list[list[Any]]) -> None:
        self.since: list[str] = []
        self.over = asyncio.Event()
        self._lists = lists
        self._watches = watches
        self.app = web.Application()
        self.app.router.add_get(POLECATS, self._collection)

    async def _collection(self, request: web.Request) -> web.StreamResponse:
        if "watch" not in request.query:
            version, items = self._lists.pop(0)
            return web.json_response({"metadata": {"resourceVersion": str(version)}, "items": items})
        self.since.append(request.query["resourceVersion"])
        answer = web.StreamResponse()
        await answer.prepare(request)
        for event in self._watches.pop(0) if self._watches else ():
            await answer.write(json.dumps(event).encode() + b"\n")
        if not self._watches:
            await self.over.wait()
        return answer


async def _streamed(script: Script, enough: Callable[[Cache], bool]) -> Cache:
    """Follow the script until the mirror shows enough."""
    server = TestServer(script.app)
    await server.start_server()
    cache, metrics = Cache(), Metrics()
    configuration = aio.client.Configuration(host=str(server.make_url("")).rstrip("/"))
    async with aio.client.ApiClient(configuration) as client:
        gateway = ClusterGateway(client)
        town = Context(
            settings=AdapterSettings(),
            gateway=gateway,
            cache=cache,
            queue=WorkQueue(),
            writer=Writer(gateway, cache, metrics),
            metrics=metrics,
            measures=Measures(metrics, time.monotonic),
            now=lambda: datetime.datetime.now(tz=datetime.UTC),
        )

        def deliver(event: str, kind: str, manifest: dict[str, Any]) -> None:
            found = view(kind, manifest)
            if event == "DELETED":
                cache.drop(found.key, found.uid)
            else:
                cache.put(found)

        changed = asyncio.Event()
        cache.subscribe(lambda _before, _after: changed.set())
        stream = Stream(
            gateway, Lister(town.gateway, town.cache, town.metrics), deliver, kind="Polecat", namespace=""
        )
        await stream.begin()
        task = asyncio.create_task(stream.run())
        try:
            async with asyncio.timeout(20):
                while not enough(cache):
                    changed.clear()
                    await changed.wait()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    script.over.set()
    await server.close()
    return cache


def _names(cache: Cache) -> list[str]:
    return [key.name for key in cache.keys("Polecat")]


def test_a_cut_watch_goes_on_from_the_last_version() -> None:
    """Bookmarks count as well; nothing is listed a second time."""
    changed = {"type": "MODIFIED", "object": _polecat("a", 11)}
    late = {"type": "ADDED", "object": _polecat("b", 21)}
    script = Script([(10, [_polecat("a", 9)])], [[changed, _bookmark(20)], [late], []])
    cache = asyncio.run(_streamed(script, lambda found: "b" in _names(found)))
    assert ["10", "20"] == script.since[:2]
    seen = cache.get(Key("Polecat", "", "a"))
    assert seen is not None
    assert 11 == seen.version


def test_what_vanished_meanwhile_is_gone() -> None:
    """410: the list is read anew, and what it does not show, and nobody can get any more, is dropped."""
    gone = {
        "type": "ERROR",
        "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"},
    }
    lists = [(10, [_polecat("a", 8), _polecat("b", 9)]), (30, [_polecat("a", 25), _polecat("c", 26)])]
    script = Script(lists, [[gone], []])
    cache = asyncio.run(_streamed(script, lambda found: _names(found) == ["a", "c"]))
    assert ["a", "c"] == _names(cache)
