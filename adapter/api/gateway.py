"""The one door to the apiserver: a few verbs over plain manifests, so that what decides never sees a transport.

All writes are server-side apply under one field manager, or narrow patches of what others own: a Workflow belongs to Argo's
controller, and a PUT of it would undo what the controller wrote meanwhile.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Protocol

from kubernetes import aio

from adapter.api.refusals import ERRORS
from adapter.errors import Missing
from adapter.objects.keys import Key, key_of
from adapter.objects.kinds import SERVED, collection, path
from apiserver.transport import JSON, Transport
from crds import Manifest

MANAGER = "gastown-adapter"
"""The field manager of everything that the adapter applies."""

PAGE = 2**20
"""Bytes that one answer of a list is to have. Decoded they are ten times as many, and one Workflow alone may have a megabyte."""

MOST = 500
"""Objects in one answer of a list, however small they are."""

_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"
_BARE = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


class Gateway(Protocol):
    """What the adapter asks of a cluster. Every verb raises Unreachable, Denied or what it names."""

    async def get(self, key: Key) -> Manifest:
        """One object. Raises Missing."""

    def list(self, kind: str, *, namespace: str = "", selector: str = "") -> AsyncIterator[Manifest]:
        """All objects of a kind, page by page."""

    async def log(self, key: Key, *, container: str, lines: int, most: int) -> bytes:
        """The last lines of what a container of a pod printed, each with its time, and of those no more bytes than `most`. Raises Missing."""

    def pages(self, kind: str, *, namespace: str = "", bare: bool = False) -> AsyncIterator[Manifest]:
        """A list in pieces of about a megabyte; `bare` ones hold no more of each object than its metadata. Raises Expired."""

    def watch(self, kind: str, *, namespace: str, version: str) -> AsyncGenerator[Manifest, None]:
        """What changes after a version, until the apiserver ends the answer, as it does every few minutes. Raises Expired."""

    async def create(self, manifest: Manifest) -> Manifest:
        """A new object. Raises Exists."""

    async def apply(self, manifest: Manifest) -> Manifest:
        """Make the fields of the manifest be as they stand in it, and nobody else's. Raises Conflicted."""

    async def patch_status(self, key: Key, status: Manifest, *, version: int) -> Manifest:
        """Make the status be what is given, for the object of this version. Raises Missing, Conflicted."""

    async def patch(self, key: Key, change: Manifest, *, uid: str) -> Manifest:
        """Merge a change into the object of this uid. Raises Missing, Conflicted."""

    async def delete(self, key: Key, *, uid: str) -> None:
        """Delete the object of this uid; one that is gone is fine. Raises Conflicted where another has its name."""


class ClusterGateway:
    """A `Gateway` over HTTP."""

    def __init__(self, client: aio.client.ApiClient) -> None:
        self._transport = Transport(client, ERRORS)

    async def get(self, key: Key) -> Manifest:
        """See `Gateway`."""
        return await self._send("GET", path(key))

    async def list(self, kind: str, *, namespace: str = "", selector: str = "") -> AsyncIterator[Manifest]:
        """See `Gateway`."""
        async for page in self.pages(kind, namespace=namespace, selector=selector):
            for item in page["items"] or ():
                yield item

    async def log(self, key: Key, *, container: str, lines: int, most: int) -> bytes:
        """See `Gateway`."""
        query = {
            "container": container,
            "tailLines": str(lines),
            "limitBytes": str(most),
            "timestamps": "true",
        }
        return await self._transport.ask("GET", f"{path(key)}/log", query=query, accept="*/*")

    async def pages(
        self, kind: str, *, namespace: str = "", selector: str = "", bare: bool = False
    ) -> AsyncIterator[Manifest]:
        """See `Gateway`."""
        query = _selected(kind, selector) | {"limit": "10"}
        while True:
            accept = _BARE if bare else JSON
            raw = await self._transport.ask("GET", collection(kind, namespace), query=query, accept=accept)
            page = json.loads(raw)
            yield page
            token = page["metadata"].get("continue")
            if not token:
                return
            limit = int(query["limit"]) * PAGE // len(raw)
            query |= {"continue": token, "limit": str(max(1, min(MOST, limit)))}

    async def watch(self, kind: str, *, namespace: str, version: str) -> AsyncGenerator[Manifest, None]:
        """See `Gateway`."""
        query = _selected(kind) | {"resourceVersion": version}
        async with aclosing(self._transport.watch(collection(kind, namespace), query=query)) as events:
            async for event in events:
                yield event

    async def create(self, manifest: Manifest) -> Manifest:
        """See `Gateway`."""
        place = collection(manifest["kind"], manifest["metadata"].get("namespace", ""))
        query = {"fieldManager": MANAGER, "fieldValidation": "Strict"}
        return await self._send("POST", place, body=manifest, query=query)

    async def apply(self, manifest: Manifest) -> Manifest:
        """See `Gateway`."""
        return await self._apply(path(key_of(manifest["kind"], manifest)), manifest)

    async def patch_status(self, key: Key, status: Manifest, *, version: int) -> Manifest:
        """See `Gateway`."""
        # A uid would guard nothing: the apiserver throws the metadata of a status away before it compares it (seen: 1.34).
        metadata = {"name": key.name, "resourceVersion": str(version)}
        metadata |= {"namespace": key.namespace} if key.namespace else {}
        body = {
            "apiVersion": SERVED[key.kind].api_version,
            "kind": key.kind,
            "metadata": metadata,
            "status": status,
        }
        return await self._apply(path(key, status=True), body)

    async def patch(self, key: Key, change: Manifest, *, uid: str) -> Manifest:
        """See `Gateway`."""
        guarded = change | {"metadata": change.get("metadata", {}) | {"uid": uid}}
        return await self._send(
            "PATCH", path(key), body=guarded, kind=_MERGE, query={"fieldManager": MANAGER}
        )

    async def delete(self, key: Key, *, uid: str) -> None:
        """See `Gateway`."""
        body = {"preconditions": {"uid": uid}, "propagationPolicy": "Background"}
        try:
            await self._send("DELETE", path(key), body=body)
        except Missing:
            return

    async def replace(self, manifest: Manifest) -> Manifest:
        """Replace an object that nobody has changed since its resourceVersion. For Leases: raises Conflicted to who is late."""
        return await self._send("PUT", path(key_of(manifest["kind"], manifest)), body=manifest)

    async def _apply(self, where: str, manifest: Manifest) -> Manifest:
        query = {"fieldManager": MANAGER, "force": "true", "fieldValidation": "Strict"}
        return await self._send("PATCH", where, body=manifest, kind=_APPLY, query=query)

    async def _send(
        self,
        method: str,
        where: str,
        *,
        body: Manifest | None = None,
        kind: str = JSON,
        query: dict[str, str] | None = None,
    ) -> Manifest:
        found: Manifest = json.loads(
            await self._transport.ask(method, where, body=body, kind=kind, query=query)
        )
        return found


def _selected(kind: str, selector: str = "") -> dict[str, str]:
    parts = [each for each in (selector, SERVED[kind].selector) if each]
    return {"labelSelector": ",".join(parts)} if parts else {}
