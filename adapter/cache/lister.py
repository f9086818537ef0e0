"""Lists objects into the cache: at the start, after a watch that expired, and at every resync."""

import logging

from adapter.api.gateway import Gateway
from adapter.cache.cache import Cache
from adapter.errors import Missing
from adapter.metrics.registry import Metrics
from adapter.objects.keys import Key, key_of
from adapter.objects.reading import version_of, view
from crds import Manifest

log = logging.getLogger(__name__)


class Lister:
    """Lists objects into the cache."""

    def __init__(self, gateway: Gateway, cache: Cache, metrics: Metrics) -> None:
        self._gateway = gateway
        self._cache = cache
        self._metrics = metrics

    async def read(self, kind: str, namespace: str) -> str:
        """List everything; returns the resourceVersion from which a watch goes on."""
        gone, version = self._known(kind, namespace), ""
        async for page in self._gateway.pages(kind, namespace=namespace):
            version = page["metadata"]["resourceVersion"]
            for item in page["items"] or ():
                gone.discard(key_of(kind, item))
                if self._cache.lacks(key_of(kind, item), version_of(item)):
                    self._cache.put(view(kind, item))
        for key in gone:
            await self._vanished(key)
        return version

    async def compare(self, kind: str, namespace: str) -> dict[Key, int]:
        """Read what the cache has no such version of, by a list of metadata; returns its keys and versions."""
        gone, missed = self._known(kind, namespace), {}
        async for page in self._gateway.pages(kind, namespace=namespace, bare=True):
            for item in page["items"] or ():
                key = key_of(kind, item)
                gone.discard(key)
                if self._cache.lacks(key, version_of(item)) and (version := await self._missed(key)):
                    missed[key] = version
        for key in gone:
            if await self._vanished(key):
                self._metrics.missed.labels(kind).inc()
        return missed

    async def _missed(self, key: Key) -> int:
        """Read one by its name; 0 where it is gone, or a watch brought it meanwhile."""
        try:
            found = await self._gateway.get(key)
        except Missing:
            return 0
        if not self._take(key, found):
            return 0
        self._metrics.missed.labels(key.kind).inc()
        return version_of(found)

    async def _vanished(self, key: Key) -> bool:
        """A cached object was not in the list. It may be younger than the list, so it is read by name before it is dropped."""
        seen = self._cache.get(key)
        if seen is None:
            return False
        try:
            self._take(key, await self._gateway.get(key))
        except Missing:
            return self._cache.drop(key, seen.uid)
        return False

    def _take(self, key: Key, found: Manifest) -> bool:
        return self._cache.put(view(key.kind, {"kind": key.kind} | found))

    def _known(self, kind: str, namespace: str) -> set[Key]:
        keys = self._cache.keys(kind)
        return {each for each in keys if not namespace or each.namespace in ("", namespace)}
