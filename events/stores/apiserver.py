"""The few requests that events make to an apiserver, over the official client's credentials and connections."""

import json
from collections.abc import AsyncGenerator, Mapping

from kubernetes import aio

from apiserver.transport import JSON, Errors, Refusal, Transport
from crds import GROUP, VERSION, Manifest
from events.errors import EventsError, Later, Unconfigured, Unreadable

APPLY = "application/apply-patch+yaml"
ONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
BARE = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
MANAGER = "gastown-events"
"""The field manager of all that is written here."""


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
        self._transport = Transport(client, Errors(refused=_refused, unreachable=Later))

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
        raw = await self._transport.ask(method, where, body=body, kind=kind, accept=accept, query=query)
        found: Manifest = json.loads(raw)
        return found

    async def version(self, where: str) -> str:
        """The version of a collection, for a watch to go on from."""
        page = await self.ask("GET", where, accept=BARE, query={"limit": "1"})
        return str(page["metadata"]["resourceVersion"])

    def watch(self, where: str, *, version: str) -> AsyncGenerator[Manifest, None]:
        """The metadata of what changes from a version on."""
        return self._transport.watch(where, query={"resourceVersion": version}, accept=ONE)

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


def _refused(found: Refusal) -> EventsError:
    text = str(found)
    if found.status == 404:
        return Missing(text)
    if found.status == 409:
        return Conflicted(text)
    if found.status in (400, 422):
        return Unreadable(text)
    if found.status == 403:
        return Unconfigured(text)
    return Later(text)
