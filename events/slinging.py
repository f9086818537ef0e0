"""From an occurrence to a convoy: each check in its order, and the create, which is what makes a second time nothing."""

import asyncio
import datetime
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from crds import EventsStatus
from events.connections import Connection
from events.convoys import manifest
from events.errors import Unreadable
from events.inquiries.pushes import ready_beads
from events.inquiries.scope import Scope
from events.model import Decision, Match, Reason
from events.records import ledger
from events.stores.interface import Store
from events.triggers import authorization, brakes
from workflows.errors import BeadsUnreadable

log = logging.getLogger(__name__)

WINDOW = datetime.timedelta(days=4)
"""How long after it happened an event may sling: GitHub keeps deliveries for three days."""

Verdict = tuple[Reason, str]


@dataclass(slots=True)
class Slinger:
    """Makes the convoys of occurrences."""

    store: Store
    now: Callable[[], datetime.datetime]
    window: datetime.timedelta = WINDOW
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def sling(
        self,
        match: Match,
        *,
        connection: Connection | None = None,
        delivery: str = "",
        rights: authorization.Rights | None = None,
    ) -> Decision:
        """What becomes of an occurrence for a trigger. Raises Later; then nothing was made, or it will be found made."""
        name, status = manifest.name_of(match), match.rig.status.events or EventsStatus()
        verdict = await self._before(name, status) or self._refused(match, status)
        if verdict is None and connection is not None:
            verdict = await self._unauthorized(match, connection, status, {} if rights is None else rights)
        reason, message = verdict or await self._make(match, connection)
        return Decision(
            rig=match.rig.metadata.name,
            trigger=match.trigger.name,
            occurrence=match.occurrence,
            reason=reason,
            message=message,
            convoy=name if reason in {Reason.SLUNG, Reason.DONE_BEFORE} else "",
            delivery=delivery,
        )

    async def _before(self, name: str, status: EventsStatus) -> Verdict | None:
        """Whether it was done before, first of all: a redelivery must say so whatever has changed since."""
        if await self.store.exists(name):
            return Reason.DONE_BEFORE, f"it made convoy {name} before"
        if name in status.claims:
            return Reason.DELETED, f"it made convoy {name}, which was deleted; ask again with a new event"
        return None

    def _refused(self, match: Match, status: EventsStatus) -> Verdict | None:
        rig, trigger, occurrence = match.rig, match.trigger, match.occurrence
        if rig.spec.triggers_paused:
            return Reason.PAUSED, "the rig's triggers are paused; set triggersPaused to false"
        oldest = ledger.since(status, trigger, now=self.now(), window=self.window)
        if occurrence.at < oldest:
            return (
                Reason.TOO_OLD,
                f"it happened at {occurrence.at:%Y-%m-%d %H:%M:%S}, before {oldest:%Y-%m-%d %H:%M:%S} UTC",
            )
        if occurrence.void:
            return Reason.CHANGED, occurrence.void
        try:
            manifest.refuse_foreign(occurrence)
        except Unreadable as error:
            return Reason.NO_WORK_BRANCH, str(error)
        return None

    async def _unauthorized(
        self, match: Match, connection: Connection, status: EventsStatus, rights: authorization.Rights
    ) -> Verdict | None:
        asked = authorization.refusal(
            connection.forge,
            match.trigger,
            match.occurrence,
            me=connection.me,
            pins={each.name: each.id for each in status.actors},
            rights=rights,
        )
        refusal = await connection.run(asked)
        return (refusal.reason, refusal.message) if refusal else None

    async def _make(self, match: Match, connection: Connection | None) -> Verdict:
        name = match.rig.metadata.name
        async with self._locks.setdefault(name, asyncio.Lock()):
            made = [each.spec.source for each in await self.store.slung(name) if each.spec.source]
            braked = brakes.braked(match, made)
            if braked is not None:
                return braked
            try:
                beads = await self._beads(match, connection)
                if beads == ():
                    return Reason.NOTHING_READY, "no bead is ready that no convoy has"
                convoy = manifest.convoy_of(match, namespace=self.store.namespace, beads=beads or ())
            except Unreadable as error:
                return Reason.WRONG_OPTION, str(error)
            except (BeadsUnreadable, ValueError) as error:
                return Reason.REFUSED, " ".join(str(error).split())[: ledger.MESSAGE]
            try:
                created = await self.store.create(convoy)
            except Unreadable as error:
                return Reason.REFUSED, str(error)
        told = convoy.metadata.name
        return (
            (Reason.SLUNG, f"it made convoy {told}")
            if created
            else (Reason.DONE_BEFORE, f"it made convoy {told} before")
        )

    async def _beads(self, match: Match, connection: Connection | None) -> Sequence[str] | None:
        """The ready beads of a push without a task of its own; None where the convoy gets a bead of its own."""
        rig, trigger, occurrence = match.rig, match.trigger, match.occurrence
        if occurrence.event != "Push" or trigger.sling.description or connection is None:
            return None
        scope = Scope(
            rig=rig,
            forge=connection.forge,
            repository=connection.repository,
            me=connection.me,
            since=occurrence.at,
        )
        taken = await self.store.taken(rig.metadata.name)
        return await connection.run(ready_beads(scope, occurrence, taken=taken, now=self.now()))
