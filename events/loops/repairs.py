"""Asks each rig's forge now and then for what no delivery told."""

import asyncio
import datetime
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from crds import Condition, Rig
from events.errors import Later
from events.inbox import Inbox
from events.leading import Leadership
from events.loops.rigs import EXPECTED, GLANCE, guarded, listening
from events.metrics import Metrics
from events.model import Decision
from events.records import conditions
from events.secrets import Secrets
from events.settings import EventsSettings
from events.stores.interface import Store


@dataclass(slots=True)
class Repairs:
    """The repairs of all rigs that listen."""

    settings: EventsSettings
    store: Store
    inbox: Inbox
    leadership: Leadership
    metrics: Metrics
    now: Callable[[], datetime.datetime]
    secrets: Secrets
    _due: dict[str, float] = field(default_factory=dict)
    _tokenless: set[str] = field(default_factory=set)
    """Rigs whose token was not there at their last repair: the kubelet brings a Secret that is made after the rig a minute later."""

    async def forever(self) -> None:
        """Each rig once an interval, and at once where a delivery asks for it."""
        while True:
            for rig in await listening(self.store):
                name = rig.metadata.name
                asked = self.inbox.looks.setdefault(name, asyncio.Event())
                time = asyncio.get_running_loop().time()
                if name in self._tokenless and self.secrets.has_token(rig):
                    self._due.pop(name, None)
                if not asked.is_set() and (
                    time < self._due.get(name, 0.0) or not await self.leadership.leads()
                ):
                    continue
                asked.clear()
                self._due[name] = time + self.settings.poll * random.uniform(0.9, 1.0)  # noqa: S311 - jitter
                await guarded(name, self.once(rig))
            await asyncio.sleep(min(GLANCE, self.settings.poll))

    async def once(self, rig: Rig) -> list[Decision]:
        """One repair, told in the rig's conditions. Raises what stands in the way."""
        name, started = rig.metadata.name, self.now()
        self._tokenless.discard(name)
        tokenless = not self.secrets.has_token(rig)
        try:
            decisions = await self.inbox.repair(rig)
        except EXPECTED as error:
            if tokenless:
                self._tokenless.add(name)
            self._wait(name, error)
            self.metrics.repair(name, "failed")
            await self._write(name, [conditions.unreachable(str(error), now=started)])
            raise
        self.metrics.repair(name, "done", at=started.timestamp())
        known = await self.store.rig(name)
        if known is not None and known.status.events is not None:
            lost = conditions.missed(decisions, at=started)
            state = conditions.webhook(rig, known.status.events, lost=lost, now=started)
            await self._write(name, [state, conditions.paused(rig, decisions, now=started)])
        return decisions

    def _wait(self, rig: str, error: Exception) -> None:
        """The forge may have named a moment before which it is not to be asked."""
        if isinstance(error, Later) and error.after:
            time = asyncio.get_running_loop().time()
            self._due[rig] = max(self._due.get(rig, 0.0), time + error.after)

    async def _write(self, rig: str, wanted: list[Condition]) -> None:
        await self.store.record(rig, lambda status: status, wanted)
