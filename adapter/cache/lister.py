"""Bringing the mirror to what a list shows: at the start, after a watch that was away too long, and to be sure now and then."""

import logging

from adapter.api.gateway import Gateway
from adapter.cache.cache import Cache
from adapter.errors import Missing
from adapter.metrics.registry import Metrics
from adapter.objects.keys import Key, key_of
from adapter.objects.views import version_of, view
from crds import Manifest

log = logging.getLogger(__name__)


class Lister:
    """Reads lists into the mirror."""

    def __init__(self, gateway: Gateway, cache: Cache, metrics: Metrics) -> None:
        self._gateway = gateway
        self._cache = cache
        self._metrics = metrics

    async def read(self, kind: str, namespace: str) -> str:
        """Take up everything; returns the version from which a watch goes on."""
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
        """Take up what is not known yet, without reading the rest; returns its keys and versions."""
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
        """It was not in the list. It may have been made after the list was: so it is asked for by name."""
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
