"""The few requests that events make to an apiserver, over the official client's credentials and connections."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from kubernetes import aio

from crds import GROUP, VERSION, Manifest
from events.errors import EventsError, Later, Unconfigured, Unreadable

PATIENCE = 20
JSON, APPLY = "application/json", "application/apply-patch+yaml"
BARE = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
MANAGER = "gastown-events"
"""The field manager of all that is written here."""

_config: Any = aio.config


class Missing(EventsError):
    """There is no such object."""


class Conflicted(EventsError):
    """Somebody else wrote meanwhile, or made an object of that name."""


def path(
    plural: str, *, namespace: str = "", name: str = "", part: str = "", group: str = f"{GROUP}/{VERSION}"
) -> str:
    """Where objects of a kind are."""
    place = f"/namespaces/{namespace}" if namespace else ""
    return f"/apis/{group}{place}/{plural}" + "".join(f"/{each}" for each in (name, part) if each)


class Apiserver:
    """Requests and answers. Raises Missing, Conflicted, Unreadable where an object is refused, Unconfigured and Later."""

    def __init__(self, client: aio.client.ApiClient) -> None:
        self._client: Any = client

    @classmethod
    async def connect(cls, kubeconfig: Path | None) -> "Apiserver":
        """The cluster of a kubeconfig, or the one that this process runs in. Raises Unconfigured."""
        configuration = aio.client.Configuration()
        try:
            if kubeconfig is None:
                _config.load_incluster_config(client_configuration=configuration)
            else:
                await _config.load_kube_config(
                    config_file=str(kubeconfig), client_configuration=configuration
                )
        except (_config.ConfigException, OSError) as error:
            raise Unconfigured(
                f"no cluster to work on: {error}; name a kubeconfig with --kubeconfig"
            ) from error
        configuration.client_session_kwargs = {"trust_env": False}
        return cls(aio.client.ApiClient(configuration))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def ask(
        self,
        method: str,
        where: str,
        *,
        body: Manifest | None = None,
        kind: str = JSON,
        accept: str = JSON,
        query: Mapping[str, str] | None = None,
    ) -> Manifest:
        """One request and its answer."""
        headers = {"Accept": accept, "Content-Type": kind}
        try:
            await self._client.update_params_for_auth(headers, [], ["BearerToken"], where, method, None)
            rest = self._client.rest_client
            if rest.pool_manager is None:
                rest.pool_manager = rest._create_pool_manager()  # noqa: SLF001 - made on first use, by nothing public
            url = f"{self._client.configuration.host}{where}" + (f"?{urlencode(query)}" if query else "")
            text = None if body is None else json.dumps(body)
            timeout = aiohttp.ClientTimeout(total=PATIENCE)
            async with rest.pool_manager.request(
                method, url, headers=headers, data=text, timeout=timeout
            ) as answer:
                raw = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Later(f"{method} {where}: {str(error) or type(error).__name__}") from error
        if answer.status >= 400:
            raise _refusal(answer.status, f"{method} {where}", raw)
        found: Manifest = json.loads(raw)
        return found

    async def every(self, where: str, *, accept: str = JSON, **query: str) -> list[Manifest]:
        """A list, page by page."""
        items: list[Manifest] = []
        more = {"limit": "500"} | query
        while True:
            page = await self.ask("GET", where, accept=accept, query=more)
            items += page.get("items") or ()
            token = (page.get("metadata") or {}).get("continue")
            if not token:
                return items
            more["continue"] = token


def _refusal(status: int, request: str, raw: bytes) -> EventsError:
    try:
        message = str(json.loads(raw).get("message", ""))
    except (ValueError, AttributeError):
        message = raw[:200].decode(errors="replace")
    text = f"{request}: {status} {message}"
    if status == 404:
        return Missing(text)
    if status == 409:
        return Conflicted(text)
    if status in (400, 422):
        return Unreadable(text)
    if status == 403:
        return Unconfigured(text)
    return Later(text)
