"""Answers on the forge what was decided, and tells there how convoys go."""

import asyncio
import contextlib
import logging
from collections.abc import Hashable
from dataclasses import dataclass, field

from crds import Rig
from events.answers.writer import Writer
from events.leading import Leadership
from events.loops.rigs import EXPECTED, guarded, listening
from events.metrics import Metrics
from events.model import Decision
from events.settings import EventsSettings
from events.stores.interface import Store

log = logging.getLogger(__name__)

WAITING = 1000
"""Decisions whose answers wait to be written; past that the next repair and telling make up for them."""


@dataclass(slots=True)
class Answers:
    """The answers to all decisions of this process, and the comments of all rigs."""

    settings: EventsSettings
    store: Store
    writer: Writer
    leadership: Leadership
    metrics: Metrics
    _decided: asyncio.Queue[Decision] = field(default_factory=lambda: asyncio.Queue(WAITING))

    def heard(self, decision: Decision) -> None:
        """Note a decision, which is answered later: what was delivered is acknowledged first."""
        self.metrics.decided(decision)
        log.info(
            "event decided",
            extra={
                "rig": decision.rig,
                "trigger": decision.trigger,
                "reason": decision.reason.value,
                "detail": decision.message,
                "convoy": decision.convoy,
            },
        )
        with contextlib.suppress(asyncio.QueueFull):
            self._decided.put_nowait(decision)

    async def forever(self) -> None:
        """Each decision as it comes."""
        while True:
            decision = await self._decided.get()
            await guarded(decision.rig, self._answer(decision))

    async def all(self) -> None:
        """Those that wait. Raises what stands in the way."""
        while not self._decided.empty():
            await self._answer(self._decided.get_nowait())

    async def _answer(self, decision: Decision) -> None:
        rig = await self.store.rig(decision.rig)
        trigger = (
            next((each for each in rig.spec.triggers if each.name == decision.trigger), None) if rig else None
        )
        if rig is not None and trigger is not None:
            await self.writer.decided(rig, trigger, decision)

    async def tell_forever(self) -> None:
        """Keep the comments of all rigs as they should be, whenever something changed."""
        told: Hashable | None = None
        while True:
            await asyncio.sleep(self.settings.tell)
            version = self._version()
            if version is None or version != told or self.writer.owes:
                told = version if await self._tell_all() else None

    def _version(self) -> Hashable | None:
        try:
            return self.store.version()
        except EXPECTED:
            return None  # a look meets it, too, and tells

    async def _tell_all(self) -> bool:
        """Whether all that there is to tell was told, by this process."""
        done = True
        for rig in await listening(self.store):
            if rig.spec.forge is not None:
                leads = await self.leadership.leads()
                done &= leads and await guarded(rig.metadata.name, self._tell(rig))
        return done

    async def _tell(self, rig: Rig) -> None:
        self.metrics.comment(rig.metadata.name, await self.writer.tell(rig))
