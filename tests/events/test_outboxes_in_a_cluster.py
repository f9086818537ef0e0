"""Outboxes in ConfigMaps: written at the version that was read, so that a former leader undoes nothing."""

import pytest
from aiohttp import web
from apis import with_api

from events.errors import Later
from events.stores.shelf import ConfigMaps


class Apis:
    """The ConfigMaps of an apiserver: a version an object, 404, 409."""

    def __init__(self):
        self.objects, self.version = {}, 0

    async def get(self, request):
        """Read one."""
        found = self.objects.get(request.match_info["name"])
        return web.json_response(found or {"message": "not found"}, status=200 if found else 404)

    async def post(self, request):
        """Make one."""
        body = await request.json()
        return self._put(body, taken=body["metadata"]["name"] in self.objects)

    async def put(self, request):
        """Replace one."""
        body, known = await request.json(), self.objects.get(request.match_info["name"])
        if known is None:
            return web.json_response({"message": "not found"}, status=404)
        return self._put(
            body, taken=known["metadata"]["resourceVersion"] != body["metadata"]["resourceVersion"]
        )

    def _put(self, body, *, taken):
        if taken:
            return web.json_response({"message": "conflict"}, status=409)
        self.version += 1
        body["metadata"]["resourceVersion"] = str(self.version)
        self.objects[body["metadata"]["name"]] = body
        return web.json_response(body)


def with_shelf(scenario):
    """Run a scenario with a shelf and the objects behind it."""
    apis, place = Apis(), "/api/v1/namespaces/gastown-system/configmaps"
    routes = [
        web.post(place, apis.post),
        web.get(f"{place}/{{name}}", apis.get),
        web.put(f"{place}/{{name}}", apis.put),
    ]

    async def with_objects(api):
        await scenario(ConfigMaps(api, "gastown-system", "gastown-events-outbox"), apis)

    with_api(routes, with_objects)


def test_an_outbox_is_made_and_replaced():
    """One ConfigMap a sink."""

    async def scenario(shelf, apis):
        assert await shelf.load("a") == ("", "")
        version = await shelf.save("a", "one", "")
        assert await shelf.load("a") == ("one", version)
        await shelf.save("a", "two", version)
        assert (await shelf.load("a"))[0] == "two"
        assert list(apis.objects) == ["gastown-events-outbox-a"]

    with_shelf(scenario)


def test_a_former_leader_undoes_nothing():
    """Whoever read an older version, or none, is refused and looks again."""

    async def scenario(shelf, _):
        first = await shelf.save("a", "one", "")
        await shelf.save("a", "two", first)
        for version in ("", first):
            with pytest.raises(Later, match="outbox of sink a: another process wrote it"):
                await shelf.save("a", "stale", version)
        assert (await shelf.load("a"))[0] == "two"

    with_shelf(scenario)
