"""Lists the pull requests that merges wait for: one list for each rig and interval, however many wait."""

import asyncio
from dataclasses import dataclass, field

from crds import Rig
from events.errors import Later
from events.inbox import Inbox
from events.leading import Leadership
from events.loops.rigs import GLANCE, guarded, rigs
from events.settings import EventsSettings
from events.stores.interface import Store

SOON = 5.0
"""Seconds between two lists of pull requests that deliveries ask for."""


@dataclass(slots=True)
class Lists:
    """The lists of all rigs."""

    settings: EventsSettings
    store: Store
    inbox: Inbox
    leadership: Leadership
    _listed: dict[str, tuple[float, float]] = field(default_factory=dict)
    """For each rig when its pull requests are listed again, and when at the soonest."""

    async def forever(self) -> None:
        """A list of each rig for which merges wait for people; none where nobody waits."""
        while True:
            for rig in await rigs(self.store):
                name = rig.metadata.name
                if not rig.status.awaiting_review or rig.spec.forge is None:
                    continue
                asked = self.inbox.lists.setdefault(name, asyncio.Event())
                time = asyncio.get_running_loop().time()
                due, soonest = self._listed.get(name, (0.0, 0.0))
                if time < (soonest if asked.is_set() else due):
                    continue
                if not asked.is_set() and not await self.leadership.leads():
                    continue
                asked.clear()
                self._listed[name] = (time + self.settings.reviews, time + min(SOON, self.settings.reviews))
                await guarded(name, self._once(rig))
            await asyncio.sleep(min(GLANCE, self.settings.reviews))

    async def _once(self, rig: Rig) -> None:
        try:
            await self.inbox.list_pulls(rig)
        except Later as error:
            wait = asyncio.get_running_loop().time() + max(error.after or 0.0, self.settings.reviews)
            self._listed[rig.metadata.name] = (wait, wait)
            raise
