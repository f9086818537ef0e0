"""A client with nothing in it: aiohttp, a token, JSON. What it takes is what talking to an apiserver takes."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import yaml

Manifest = dict[str, Any]


class Apiserver:
    """One session. Raises aiohttp.ClientError for whatever is not an answer of success."""

    def __init__(self, kubeconfig: Path, *, connections: int = 100) -> None:
        told = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
        cluster, user = told["clusters"][0]["cluster"], told["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._session = aiohttp.ClientSession(
            cluster["server"],
            connector=aiohttp.TCPConnector(
                ssl=ssl.create_default_context(cadata=authority), limit=connections
            ),
            headers={"Authorization": f"Bearer {user['token']}"},
            timeout=aiohttp.ClientTimeout(total=None),
            read_bufsize=2**22,
            raise_for_status=True,
        )

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the session."""
        await self._session.close()

    async def get(self, path: str) -> Manifest:
        """An object, or a list of them."""
        found: Manifest = json.loads(await self._ask("GET", path))
        return found

    async def patch(self, path: str, body: Manifest) -> None:
        """Merge a change into an object; the answer is read and thrown away."""
        headers = {"Content-Type": "application/merge-patch+json"}
        await self._ask(
            "PATCH", path, params={"fieldManager": "bench"}, data=json.dumps(body), headers=headers
        )

    async def _ask(self, method: str, path: str, **request: Any) -> bytes:
        """What an apiserver that is out of breath did not take is asked again."""
        for left in reversed(range(10)):
            try:
                async with self._session.request(method, path, **request) as answer:
                    return await answer.read()
            except aiohttp.ClientResponseError as refused:
                if not left or refused.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise
                await asyncio.sleep(1)
        raise AssertionError(path)

    async def watch(self, path: str) -> AsyncIterator[Manifest]:
        """Every object of a collection, as it is now and whenever it changes."""
        listed = await self.get(path)
        for item in listed["items"]:
            yield item
        query = {"watch": "true", "resourceVersion": listed["metadata"]["resourceVersion"]}
        async with self._session.get(path, params=query) as answer:
            async for line in answer.content:
                yield json.loads(line)["object"]


def collection(kind: str, namespace: str) -> str:
    """The path of `workflows`, `polecats`, `convoys` in a namespace."""
    group = "argoproj.io" if kind == "workflows" else "gastown.gastown.io"
    return f"/apis/{group}/v1alpha1/namespaces/{namespace}/{kind}"
