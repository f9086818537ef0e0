"""The HTTP of an apiserver over a store. It listens on a unix socket, and on a port for clients that know nothing else."""

import datetime
import itertools
import json
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from inmemory import discovery
from inmemory.faults import Fault
from inmemory.logs import Logs
from inmemory.refusals import Refused, expired
from inmemory.requests import Asked, asked_of, manifest_of, patch_of
from inmemory.resources import RESOURCES
from inmemory.store import Manifest, Store
from inmemory.watches import Watch, selector

_BARE = "PartialObjectMetadataList"


class Apiserver:
    """An apiserver for as long as the block runs. `socket` is the path of its unix socket; with `port` it has an address, too."""

    def __init__(
        self, socket: Path, *, now: Callable[[], datetime.datetime] | None = None, port: bool = False
    ) -> None:
        now = now or (lambda: datetime.datetime.now(tz=datetime.UTC))
        self.store = Store(now)
        self.logs = Logs(now)
        self.socket = socket
        self.address = ""
        self.faults: list[Fault] = []
        self.writes: Counter[tuple[str, str]] = Counter()
        """What was asked to be changed, by method and plural, whatever came of it."""
        self.requests: Counter[tuple[str, str]] = Counter()
        """What was asked, by User-Agent and as method and path; a watch is `watch` and its path."""
        self.limit: int | None = None
        """How many further requests are carried out; those after them find nobody."""
        self.offline: set[str] = set()
        """Clients that reach it no more, by their User-Agent."""
        self._port = port
        self._watches: set[Watch] = set()
        self._pages: dict[str, tuple[int, list[Manifest]]] = {}
        self._numbers = itertools.count(1)
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Listen."""
        await self._runner.setup()
        self._stack.push_async_callback(self._runner.cleanup)
        await web.UnixSite(self._runner, str(self.socket)).start()
        if self._port:
            site = web.TCPSite(self._runner, "127.0.0.1", 0)
            await site.start()
            port = next(each[1] for each in self._runner.addresses if isinstance(each, tuple))
            self.address = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        self.cut()
        await self._stack.aclose()

    def cut(self) -> None:
        """End all watches, as a restart does."""
        for each in self._watches:
            each.over.set()

    def part(self, client: str) -> None:
        """Cut a client off, by its User-Agent, until `offline` lacks it again."""
        self.offline.add(client)
        for each in self._watches:
            if each.client == client:
                each.over.set()

    def hush(self, plural: str) -> None:
        """Let the watches of a resource go on without a word: what changes from now on they do not bring."""
        for each in self._watches:
            if each.resource.plural == plural:
                each.silent = True

    def forget(self) -> None:
        """Cut all watches and forget all changes, so that none can go on where it was."""
        self.store.compact()
        self._pages.clear()
        self.cut()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            self._reached(request)
            struck = [each for each in self.faults if each.hits(request)]
            for each in struck:
                if not each.after:
                    each.strike()
            answer = await self._routed(request)
            for each in struck:
                each.strike()
        except Refused as refused:
            return web.json_response(refused.status, status=refused.code)
        except ConnectionResetError:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return answer

    def _reached(self, request: web.Request) -> None:
        """Count a request. Raises ConnectionResetError where it finds nobody."""
        client = request.headers.get("User-Agent", "")
        method = "watch" if "watch" in request.query else request.method
        self.requests[client, f"{method} {request.path}"] += 1
        if client in self.offline or self.limit == 0:
            raise ConnectionResetError
        if self.limit is not None:
            self.limit -= 1

    async def _routed(self, request: web.Request) -> web.StreamResponse:
        parts = [each for each in request.path.split("/") if each]
        if found := self._discovered(parts):
            return web.json_response(found)
        asked = asked_of(request, parts)
        if request.method == "GET" and not asked.name:
            if request.query.get("watch") in ("true", "1", "True"):
                return await self._watch(request, asked)
            return web.json_response(self._list(request, asked))
        if request.method == "GET" and asked.subresource == "log":
            text = self.logs.read(self.store.get(asked.place), request.query)
            return web.Response(status=204) if text is None else web.Response(body=text)
        if request.method == "GET":
            return web.json_response(self.store.get(asked.place))
        self.writes[request.method, asked.resource.plural + (asked.subresource and "/status")] += 1
        body = await request.text()
        code, answer = self._write(request, asked, body)
        return web.json_response(answer, status=code)

    @staticmethod
    def _discovered(parts: list[str]) -> dict[str, Any] | None:
        match parts:
            case ["version"]:
                return {"major": "1", "minor": "34", "gitVersion": "v1.34.4"}
            case ["api"]:
                return {"kind": "APIVersions", "versions": ["v1"]}
            case ["api", version]:
                return discovery.served(RESOURCES, "", version)
            case ["apis"]:
                return discovery.groups(RESOURCES)
            case ["apis", group, version]:
                return discovery.served(RESOURCES, group, version)
        return None

    def _list(self, request: web.Request, asked: Asked) -> Manifest:
        query = request.query
        if token := query.get("continue"):
            if token not in self._pages:
                raise expired(
                    "The provided continue parameter is too old to display a consistent list result."
                )
            version, left = self._pages.pop(token)
        else:
            selects = selector(query.get("labelSelector", ""))
            version = self.store.version
            left = [each for each in self.store.all(asked.resource, asked.namespace) if selects(each)]
        limit = int(query.get("limit") or len(left) or 1)
        page, left = left[:limit], left[limit:]
        metadata: Manifest = {"resourceVersion": str(version)}
        if left:
            token = f"page-{next(self._numbers)}"
            self._pages[token] = (version, left)
            metadata["continue"] = token
        bare = _BARE in request.headers.get("Accept", "")
        shown = [{"metadata": each["metadata"]} for each in page] if bare else page
        kind = _BARE if bare else f"{asked.resource.kind}List"
        api_version = "meta.k8s.io/v1" if bare else asked.resource.api_version
        return {"kind": kind, "apiVersion": api_version, "metadata": metadata, "items": shown}

    async def _watch(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        watch = Watch(self.store, asked.resource, asked.namespace, request.query)
        watch.client = request.headers.get("User-Agent", "")
        self._watches.add(watch)
        try:
            await answer.prepare(request)
            async for line in watch.lines():
                await answer.write(line)
        except ConnectionResetError:
            pass
        finally:
            self._watches.discard(watch)
        return answer

    def _write(self, request: web.Request, asked: Asked, text: str) -> tuple[int, Manifest]:
        store, place = self.store, asked.place
        match request.method:
            case "POST" if not asked.name:
                body = manifest_of(request, asked, text)
                return 201, store.create(asked.resource, asked.namespace, body, asked.manager)
            case "PUT":
                body = manifest_of(request, asked, text)
                return 200, store.edit(place, lambda _: body, asked.manager, whole=True)
            case "PATCH" if asked.manager.operation == "Apply":
                body = manifest_of(request, asked, text)
                force = request.query.get("force") == "true"
                there = store.has(place)
                return 200 if there else 201, store.apply(place, body, asked.manager, force=force)
            case "PATCH":
                return 200, store.edit(place, patch_of(request, text), asked.manager)
            case "DELETE" if asked.name:
                told = (json.loads(text) if text else {}).get("preconditions") or {}
                gone = store.delete(place, uid=told.get("uid", ""), version=told.get("resourceVersion", ""))
                return 200, gone if store.has(place) else _success(asked, gone)
        raise Refused(
            405, "MethodNotAllowed", "the server does not allow this method on the requested resource"
        )


def _success(asked: Asked, gone: Manifest) -> Manifest:
    details = {"name": asked.name, "group": asked.resource.group, "kind": asked.resource.plural}
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    return status | {"details": details | {"uid": gone["metadata"]["uid"]}}
