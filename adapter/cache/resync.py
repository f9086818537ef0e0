"""The periodic resync: compares the cache with a list, reads what a watch missed, and finds a watch that misses things.

A watch can be cut and come back with a gap: kopf then lists anew, but says nothing of what was deleted meanwhile (measured: 1.45.2).
Only metadata is listed; whatever is newer than the cache is read by its name.
"""

import asyncio
import logging
from collections.abc import Callable

from adapter.cache.cache import Cache
from adapter.cache.lister import Lister
from adapter.errors import Retry
from adapter.objects.keys import Key
from adapter.objects.kinds import WATCHED
from adapter.objects.views import PolecatView
from adapter.queue.workqueue import WorkQueue
from adapter.settings import AdapterSettings

log = logging.getLogger(__name__)


class Resync:
    """Lists everything now and then. `clock` is monotonic, in seconds."""

    def __init__(
        self,
        settings: AdapterSettings,
        cache: Cache,
        lister: Lister,
        *,
        queue: WorkQueue,
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._cache = cache
        self._queue = queue
        self._lister = lister
        self._clock = clock
        self._unconfirmed: dict[Key, int] = {}
        self.compared = clock()
        """When the last comparison ended."""
        self.stalled: tuple[str, ...] = ()
        """Kinds of which a change was found that the watch had not brought by the time of the next comparison."""

    async def run(self) -> None:
        """Compare at every interval; an apiserver that does not answer is asked again at the next one."""
        while True:
            await asyncio.sleep(self._settings.resync)
            try:
                await self.compare()
            except Retry as error:
                log.warning("resync failed: it will be retried", extra={"reason": str(error)})

    async def compare(self) -> None:
        """Compare once, and enqueue everything: what failed for a reason that has gone away may go on."""
        self.stalled = tuple(sorted({key.kind for key in self._unconfirmed}))
        self._unconfirmed.clear()
        for kind in WATCHED:
            for namespace in self._settings.places:
                self._unconfirmed |= await self._lister.compare(kind, namespace)
        self._enqueue_all()
        self.compared = self._clock()

    def confirm(self, key: Key, version: int) -> None:
        """Note what a watch brought: it works."""
        if self._unconfirmed.get(key, version + 1) <= version:
            del self._unconfirmed[key]

    def _enqueue_all(self) -> None:
        """Enqueue whatever decides something; a convoy's polecats decide nothing."""
        for kind in ("Workflow", "Convoy", "Rig", "Refinery", "Witness"):
            for key in self._cache.keys(kind):
                self._queue.add(key)
        for polecat in self._cache.all("Polecat", PolecatView):
            if not polecat.owner:
                self._queue.add(polecat.key)
