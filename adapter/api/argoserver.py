"""Workflows whose nodes Argo keeps in its database: argo-server, which reads that, gives them whole."""

import asyncio
import json
import ssl
from typing import Any, Protocol

import aiohttp
from kubernetes import aio

from adapter.api.refusals import refused
from adapter.errors import Denied, Missing, Retry, Unreachable
from adapter.objects.keys import Key
from adapter.objects.reading import view
from adapter.objects.views import WorkflowView
from adapter.settings import ArgoServerSettings
from apiserver.transport import refusal
from apiserver.trust import as_kubectl
from crds import Manifest

_PATIENCE = aiohttp.ClientTimeout(total=30)


class Hydrator(Protocol):
    """Finds the nodes of a Workflow that holds none."""

    async def whole(self, seen: WorkflowView) -> WorkflowView:
        """The same Workflow with its nodes. Raises Retry, Denied or Missing."""


class ArgoServer:
    """argo-server, asked with the adapter's own token: what that may not read in the cluster it may not read there either."""

    def __init__(self, client: aio.client.ApiClient, settings: ArgoServerSettings) -> None:
        self._client: Any = client
        self._url = settings.url.rstrip("/")
        self._ca_file = settings.ca_file

    async def whole(self, seen: WorkflowView) -> WorkflowView:
        """See `Hydrator`."""
        answer = await self._get(seen.key)
        found = view("Workflow", answer)
        if not isinstance(found, WorkflowView) or found.uid != seen.uid:
            raise Missing(f"{seen.key}: argo-server shows another one of this name")
        if found.version < seen.version or not found.observation.known:
            raise Retry(f"{seen.key}: argo-server does not show this version's nodes yet")
        return found

    async def _get(self, key: Key) -> Manifest:
        where = f"/api/v1/workflows/{key.namespace}/{key.name}"
        headers = {"Accept": "application/json"}
        await self._client.update_params_for_auth(headers, [], ["BearerToken"], where, "GET", None)
        try:
            trusted = as_kubectl(
                await asyncio.to_thread(ssl.create_default_context, cafile=self._ca_file or None)
            )
            async with (
                aiohttp.ClientSession(timeout=_PATIENCE) as session,
                session.get(f"{self._url}{where}", headers=headers, ssl=trusted) as answer,
            ):
                raw = await answer.read()
                if answer.status >= 400:
                    raise refused(refusal(f"argo-server: GET {where}", answer.status, raw))
                return _workflow(raw, where)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"argo-server: GET {where}: {str(error) or type(error).__name__}") from error


def _workflow(raw: bytes, where: str) -> Manifest:
    """The answer, unless something else answers at that address: a page to log in at, say."""
    try:
        told = json.loads(raw)
    except ValueError:
        told = None
    if not isinstance(told, dict) or "metadata" not in told:
        raise Denied(f"argo-server: GET {where}: {raw[:200].decode(errors='replace')} is no Workflow")
    return told
