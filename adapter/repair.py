"""Comparing all that is held with all that there is: what a watch missed is mended, and a watch that misses things is known.

A watch can be cut and come back with a gap: kopf then lists anew, but says nothing of what was deleted meanwhile (measured: 1.45.2).
Only metadata is listed; whatever is newer than what is held is read by its name.
"""

import asyncio
import logging
from collections.abc import Callable

from adapter.errors import Retry
from adapter.keys import Key
from adapter.kinds import WATCHED
from adapter.listing import Listing
from adapter.town import Town
from adapter.views import PolecatView

log = logging.getLogger(__name__)


class Repair:
    """Lists everything now and then. `clock` is monotonic, in seconds."""

    def __init__(self, town: Town, listing: Listing, clock: Callable[[], float]) -> None:
        self._town = town
        self._listing = listing
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

    async def compare(self) -> None:
        """Compare once, and look at everything: what failed for a reason that has gone away may go on."""
        self.stalled = tuple(sorted({key.kind for key in self._unconfirmed}))
        self._unconfirmed.clear()
        for kind in WATCHED:
            for namespace in self._town.settings.places:
                self._unconfirmed |= await self._listing.compare(kind, namespace)
        self._look_at_all()
        self.compared = self._clock()

    def confirm(self, key: Key, version: int) -> None:
        """Note what a watch brought: it lives."""
        if self._unconfirmed.get(key, version + 1) <= version:
            del self._unconfirmed[key]

    def _look_at_all(self) -> None:
        """Ask for whatever decides something; a convoy's polecats decide nothing."""
        for kind in ("Workflow", "Convoy", "Rig", "Refinery", "Witness"):
            for key in self._town.mirror.keys(kind):
                self._town.queue.add(key)
        for polecat in self._town.mirror.all("Polecat", PolecatView):
            if not polecat.owner:
                self._town.queue.add(polecat.key)
