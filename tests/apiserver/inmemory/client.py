"""A client with nothing in it, to ask this apiserver and a real one the same."""

import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import aiohttp

MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"


class Client:
    """Requests and answers as JSON. The connector says where, `host` how it is called there."""

    def __init__(
        self, connector: aiohttp.BaseConnector, *, host: str = "http://apiserver", token: str = ""
    ) -> None:
        self._host = host
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._connector = connector
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open a session."""
        session = aiohttp.ClientSession(connector=self._connector, headers=self._headers)
        self._session = await self._stack.enter_async_context(session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        await self._stack.aclose()

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        kind: str = "application/json",
        accept: str = "application/json",
        **query: str,
    ) -> tuple[int, dict[str, Any]]:
        """One request: the code and the body of its answer."""
        headers = {"Content-Type": kind, "Accept": accept}
        text = None if body is None else json.dumps(body)
        url = f"{self._host}{path}"
        async with self._session.request(method, url, data=text, headers=headers, params=query) as answer:
            return answer.status, json.loads(await answer.read())

    async def read(self, path: str, **query: str) -> tuple[int, bytes]:
        """One request for what is no JSON."""
        headers = {"Accept": "*/*"}
        async with self._session.get(f"{self._host}{path}", headers=headers, params=query) as answer:
            return answer.status, await answer.read()

    async def watch(self, path: str, *, events: int, **query: str) -> list[Mapping[str, Any]]:
        """The first events of a watch, bookmarks aside."""
        found: list[Mapping[str, Any]] = []
        params = {"watch": "true", "timeoutSeconds": "20", **query}
        async with self._session.get(f"{self._host}{path}", params=params) as answer:
            while len(found) < events and (line := await answer.content.readline()):
                event = json.loads(line)
                if event["type"] != "BOOKMARK":
                    found.append(event)
        return found
