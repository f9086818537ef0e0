"""Comparing all that is held with all that there is: what a watch missed is mended, and a watch that misses things is known.

A watch can be cut and come back with a gap: kopf then lists anew, but says nothing of what was deleted meanwhile (measured: 1.45.2).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

from adapter.errors import Missing, Retry
from adapter.keys import Key, key_of
from adapter.kinds import WATCHED
from adapter.town import Town
from adapter.views import PolecatView, view
from crds import Manifest

log = logging.getLogger(__name__)


class Repair:
    """Lists everything now and then. `clock` is monotonic, in seconds."""

    def __init__(self, town: Town, clock: Callable[[], float]) -> None:
        self._town = town
        self._clock = clock
        self._unconfirmed: dict[Key, int] = {}
        self.compared = clock()
        """When the last comparison ended."""
        self.stalled: tuple[str, ...] = ()
        """Kinds of which a change was found that the watch had not brought by the time of the next comparison."""

    async def forever(self) -> None:
        """Compare at every interval; an apiserver that does not answer is asked again at the next one."""
        while True:
            await asyncio.sleep(self._town.settings.resync)
            try:
                await self.compare()
            except Retry as error:
                log.warning("nothing could be compared", extra={"reason": str(error)})

    async def compare(self, *, first: bool = False) -> None:
        """Compare once. The first time everything is news, and no watch is to blame."""
        self.stalled = tuple(sorted({key.kind for key in self._unconfirmed}))
        self._unconfirmed.clear()
        for kind in WATCHED:
            await self._compare(kind, first=first)
        if not first:
            self._look_at_all()
        self.compared = self._clock()

    def confirm(self, key: Key, version: int) -> None:
        """Note what a watch brought: it lives."""
        if self._unconfirmed.get(key, version + 1) <= version:
            del self._unconfirmed[key]

    async def _compare(self, kind: str, *, first: bool) -> None:
        mirror = self._town.mirror
        known = {each for each in mirror.keys(kind) if self._watched(each)}
        async for item in self._listed(kind):
            key = key_of(kind, item)
            known.discard(key)
            if mirror.put(view(kind, item)) and not first:
                self._town.metrics.missed.labels(kind).inc()
                self._unconfirmed[key] = int(item["metadata"]["resourceVersion"])
        for key in known:
            await self._vanished(key)

    async def _listed(self, kind: str) -> AsyncIterator[Manifest]:
        for namespace in self._town.settings.watched or ("",):
            async for item in self._town.gateway.list(kind, namespace=namespace):
                yield item

    def _watched(self, key: Key) -> bool:
        namespaces = self._town.settings.watched
        return not namespaces or not key.namespace or key.namespace in namespaces

    async def _vanished(self, key: Key) -> None:
        """It was not in the list. It may have been made after the list was: so it is asked for by name."""
        seen = self._town.mirror.get(key)
        if seen is None:
            return
        try:
            self._town.writer.take(key.kind, await self._town.gateway.get(key))
        except Missing:
            self._town.mirror.drop(key, seen.uid)
            self._town.metrics.missed.labels(key.kind).inc()

    def _look_at_all(self) -> None:
        """Look at everything that decides something: what failed for a reason that has gone away may go on."""
        for kind in ("Workflow", "Convoy", "Rig", "Refinery", "Witness"):
            for key in self._town.mirror.keys(kind):
                self._town.queue.add(key)
        for polecat in self._town.mirror.all("Polecat", PolecatView):
            if not polecat.owner:
                self._town.queue.add(polecat.key)
