"""In a cluster watches tell when to look, so that a town in which nothing happens costs no requests."""

import asyncio
import functools
import json
from collections import Counter
from contextlib import suppress

from aiohttp import web
from apis import with_api
from services import until

from events.stores import changes, cluster
from events.stores.cluster import ClusterStore, told_of, watched

PLACES = told_of("work", "system")

soon = functools.partial(until, seconds=5)


class Apis:
    """Lists that are empty, and watches that tell what a test says."""

    def __init__(self):
        self.asked, self.streams, self.version = Counter(), {}, 5
        self.refused = set()

    async def get(self, request):
        """A list or a watch."""
        watch = "watch" in request.query
        self.asked["watch" if watch else "list"] += 1
        if not watch:
            return web.json_response({"metadata": {"resourceVersion": str(self.version)}, "items": []})
        if request.path in self.refused:
            return web.json_response({"message": "forbidden"}, status=403)
        answer = web.StreamResponse()
        await answer.prepare(request)
        self.streams[request.path] = answer
        await asyncio.Event().wait()
        return answer

    async def tell(self, place, kind, **content):
        """An event of a watch."""
        self.version += 1
        found = content or {"metadata": {"resourceVersion": str(self.version)}}
        await self.streams[place].write(json.dumps({"type": kind, "object": found}).encode() + b"\n")


def with_store(scenario, monkeypatch):
    """Run a scenario with a store whose watches run."""
    monkeypatch.setattr(changes, "AGAIN", 0.01)

    apis = Apis()

    async def watched(api):
        seen = changes.Changes(api, PLACES)
        watching = asyncio.create_task(seen.forever())
        await scenario(ClusterStore(api, "work", "system", seen), apis)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    with_api([web.get(place, apis.get) for place in PLACES], watched)


def test_nothing_is_asked_while_nothing_happens(monkeypatch):
    """A bookmark is no change; a change of any kind is one."""

    async def scenario(store, apis):
        await soon(lambda: len(apis.streams) == len(PLACES))
        first, before = store.version(), apis.asked.copy()
        await apis.tell(PLACES[0], "BOOKMARK")
        await asyncio.sleep(0.05)
        assert (store.version(), apis.asked) == (first, before)
        assert first is not None
        for place in PLACES:
            known = store.version()
            await apis.tell(place, "MODIFIED")
            await soon(lambda known=known: store.version() != known)
        assert apis.asked == before

    with_store(scenario, monkeypatch)


def test_rigs_are_listed_when_a_watch_saw_a_change(monkeypatch):
    """However often they are asked for; what becomes of the other kinds is no reason, and without a watch time is."""
    monkeypatch.setattr(cluster, "FRESH", 0.0)

    async def scenario(store, apis):
        await soon(lambda: len(apis.streams) == len(PLACES))
        await store.rigs()
        before = apis.asked["list"]
        for _ in range(20):
            await store.rigs()
        assert apis.asked["list"] == before
        await apis.tell(PLACES[0], "MODIFIED")
        await apis.tell(PLACES[3], "MODIFIED")
        known = store.version()
        await soon(lambda: store.version() != known)

        async def listed():
            while apis.asked["list"] == before:
                await store.rigs()
                await asyncio.sleep(0.01)

        await asyncio.wait_for(listed(), 30)
        assert apis.asked["list"] == before + 1
        apis.refused.add(PLACES[3])
        await apis.tell(PLACES[3], "ERROR", code=410, message="too old")
        await soon(lambda: store.version() is None)
        before = apis.asked["list"]
        await store.rigs()
        assert apis.asked["list"] > before

    with_store(scenario, monkeypatch)


def test_a_watch_that_expired_begins_anew(monkeypatch):
    """What happened in between may be news."""

    async def scenario(store, apis):
        await soon(lambda: len(apis.streams) == len(PLACES))
        known = store.version()
        await apis.tell(PLACES[1], "ERROR", code=410, message="too old")
        await soon(lambda: apis.asked["watch"] == len(PLACES) + 1 and store.version() not in {known, None})

    with_store(scenario, monkeypatch)


def test_without_a_watch_only_a_look_tells(monkeypatch):
    """An older role lets events list and not watch: they look each time, as before."""

    async def scenario(store, apis):
        apis.refused.add(PLACES[3])
        await soon(lambda: apis.asked["watch"] > len(PLACES) + 2)
        await soon(lambda: store.version() is None)

    with_store(scenario, monkeypatch)


def test_without_sinks_no_refinery_is_watched():
    """Nobody is told of them then, and the chart gives no right to read them."""
    assert set(PLACES) - set(watched("work", "system", sinks=False)) == {
        each for each in PLACES if "refineries" in each
    }
    assert PLACES == watched("work", "system", sinks=True)
