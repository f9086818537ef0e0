"""Whether anything changed in a cluster, by watches of metadata: a town in which nothing happens is asked nothing."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from events.errors import EventsError
from events.stores.apiserver import Apiserver

log = logging.getLogger(__name__)

PAUSE = 0.05
"""Seconds after a watch that ended well, as each does in the end: one that always ends at once makes no storm."""
AGAIN = 5.0
"""Seconds after a watch that failed."""


@dataclass(slots=True)
class Changes:
    """Counts the changes of some collections of objects."""

    api: Apiserver
    places: Sequence[str]
    _counts: dict[str, int] = field(default_factory=dict)
    _watched: set[str] = field(default_factory=set)

    @property
    def version(self) -> int | None:
        """Another number whenever something may have changed; None while nobody can tell."""
        return sum(self._counts.values()) if self._watched.issuperset(self.places) else None

    def of(self, where: str) -> int | None:
        """The same of one collection."""
        return self._counts.get(where) if where in self._watched else None

    async def forever(self) -> None:
        """Watch until cancelled."""
        await asyncio.gather(*(self._follow(each) for each in self.places))

    async def _follow(self, where: str) -> None:
        version = ""
        while True:
            try:
                if not version:
                    version = await self.api.version(where)
                    self._count(where)
                    self._watched.add(where)
                version = await self._watch(where, version)
                await asyncio.sleep(PAUSE)
            except EventsError as error:
                version = ""
                self._watched.discard(where)
                log.warning("a watch failed and is begun anew", extra={"detail": str(error)})
                await asyncio.sleep(AGAIN)

    async def _watch(self, where: str, version: str) -> str:
        """Count what happens until the watch ends; the version to go on from."""
        async with aclosing(self.api.watch(where, version=version)) as events:
            async for event in events:
                version = str(event["object"]["metadata"]["resourceVersion"])
                if event["type"] != "BOOKMARK":
                    self._count(where)
        return version

    def _count(self, where: str) -> None:
        self._counts[where] = self._counts.get(where, 0) + 1
