"""The whole of gastown-events in one process: the receiver, and the loops that repair, answer and start."""

import asyncio
import contextlib
import datetime
import gc
import logging
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable, Sequence
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from crds import Condition, Rig
from events.answers.writer import Writer
from events.connections import Connections
from events.errors import EventsError, Later
from events.inbox import Inbox
from events.leading import Leadership
from events.metrics import Metrics
from events.model import Decision
from events.receiver.app import application
from events.receiver.cloudevents import CloudEvents
from events.receiver.guards import Guard
from events.receiver.hooks import Hooks
from events.records import conditions
from events.secrets import Secrets
from events.serving import health, listening, until
from events.settings import EventsSettings
from events.slinging import Slinger
from events.stores.interface import Store
from forges.errors import ForgeError
from forges.registry import credentials
from forges.transports.waiting import Waiting
from workflows.clock import utc_now
from workflows.errors import WorkflowsError

log = logging.getLogger(__name__)

GLANCE = 0.5
"""Seconds between two looks at whether a repair was asked for."""

SOON = 5.0
"""Seconds between two lists of pull requests that deliveries ask for."""

WAITING = 1000
"""Decisions whose answers wait to be written; past that the next repair and telling make up for them."""

EXPECTED = (EventsError, ForgeError, WorkflowsError)


@dataclass(slots=True)
class Service:
    """One process. Everything that it knows is in the store and on the forge, so it may be killed at any line."""

    settings: EventsSettings
    store: Store
    secrets: Secrets
    leadership: Leadership
    now: Callable[[], datetime.datetime] = utc_now
    metrics: Metrics = field(default_factory=Metrics)
    background: Sequence[Callable[[], Coroutine[None, None, None]]] = ()
    """Further loops, such as the one that starts runners."""
    _decided: asyncio.Queue[Decision] = field(default_factory=lambda: asyncio.Queue(WAITING))
    _due: dict[str, float] = field(default_factory=dict)
    _listed: dict[str, tuple[float, float]] = field(default_factory=dict)
    """For each rig when its pull requests are listed again, and when at the soonest."""

    async def run(self, stop: asyncio.Event, *, ready: Callable[[int, int], None] | None = None) -> None:
        """Serve until told to stop; `ready` hears the ports."""
        host, ports = self.settings.listen, (self.settings.port, self.settings.health_port)
        async with (
            self._assembled() as (inbox, writer, app),
            listening(app, host, ports[0]) as port,
            listening(health(self.metrics), host, ports[1]) as health_port,
        ):
            # What the program consists of stays: looking through all of it again and again cost a fifth of each delivery.
            gc.collect()
            gc.freeze()
            if ready:
                ready(port, health_port)
            loops = [
                asyncio.create_task(self._repair_forever(inbox)),
                asyncio.create_task(self._list_forever(inbox)),
                asyncio.create_task(self._answer_forever(writer)),
                asyncio.create_task(self._tell_forever(writer)),
                *(asyncio.create_task(each()) for each in self.background),
            ]
            await until(stop, loops)

    async def poll_once(self) -> list[Decision]:
        """Repair every rig once, and answer: for one machine that no webhook reaches. Raises what stands in the way."""
        async with self._assembled() as (inbox, writer, _):
            decisions: list[Decision] = []
            for rig in await self.store.rigs():
                if rig.spec.triggers:
                    decisions += await self._repair(inbox, rig)
                    await self._answer_all(writer)
                    await writer.tell(rig)
            return decisions

    @contextlib.asynccontextmanager
    async def _assembled(self) -> AsyncIterator[tuple[Inbox, Writer, web.Application]]:
        async with aiohttp.ClientSession(trust_env=True) as session:
            connections = Connections(lambda token: Waiting(session, credentials(token)), self.secrets)
            slinger = Slinger(self.store, self.now, datetime.timedelta(hours=self.settings.window_hours))
            inbox = Inbox(self.store, connections, slinger, self.now, self._after)
            writer = Writer(self.store, connections)
            parts = (self.settings, self.store, self.secrets, inbox, self.metrics, self.now)
            guard = Guard(self.settings.tries_per_minute)
            app = application(Hooks(*parts), CloudEvents(*parts), guard=guard, metrics=self.metrics)
            yield inbox, writer, app

    def _after(self, decision: Decision) -> None:
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

    async def _repair_forever(self, inbox: Inbox) -> None:
        while True:
            for rig in await self._listening_rigs():
                name = rig.metadata.name
                asked = inbox.looks.setdefault(name, asyncio.Event())
                time = asyncio.get_running_loop().time()
                if not asked.is_set() and (
                    time < self._due.get(name, 0.0) or not await self.leadership.leads()
                ):
                    continue
                asked.clear()
                self._due[name] = time + self.settings.poll * random.uniform(0.9, 1.0)  # noqa: S311 - jitter
                await self._guarded(name, self._repair(inbox, rig))
            await asyncio.sleep(min(GLANCE, self.settings.poll))

    async def _list_forever(self, inbox: Inbox) -> None:
        """One list for each rig and interval, however many merges wait for people; none where nobody waits."""
        while True:
            for rig in await self._rigs():
                name = rig.metadata.name
                if not rig.status.awaiting_review or rig.spec.forge is None:
                    continue
                asked = inbox.lists.setdefault(name, asyncio.Event())
                time = asyncio.get_running_loop().time()
                due, soonest = self._listed.get(name, (0.0, 0.0))
                if time < (soonest if asked.is_set() else due):
                    continue
                if not asked.is_set() and not await self.leadership.leads():
                    continue
                asked.clear()
                self._listed[name] = (time + self.settings.reviews, time + min(SOON, self.settings.reviews))
                await self._guarded(name, self._list(inbox, rig))
            await asyncio.sleep(min(GLANCE, self.settings.reviews))

    async def _list(self, inbox: Inbox, rig: Rig) -> None:
        try:
            await inbox.list_pulls(rig)
        except Later as error:
            wait = asyncio.get_running_loop().time() + max(error.after or 0.0, self.settings.reviews)
            self._listed[rig.metadata.name] = (wait, wait)
            raise

    async def _rigs(self) -> Sequence[Rig]:
        try:
            return await self.store.rigs()
        except EXPECTED as error:
            log.warning("rigs cannot be read", extra={"reason": str(error)})
            return ()

    async def _listening_rigs(self) -> list[Rig]:
        return [each for each in await self._rigs() if each.spec.triggers]

    async def _repair(self, inbox: Inbox, rig: Rig) -> list[Decision]:
        name, started = rig.metadata.name, self.now()
        try:
            decisions = await inbox.repair(rig)
        except EXPECTED as error:
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

    async def _answer_forever(self, writer: Writer) -> None:
        while True:
            decision = await self._decided.get()
            await self._guarded(decision.rig, self._answer(writer, decision))

    async def _answer_all(self, writer: Writer) -> None:
        while not self._decided.empty():
            await self._answer(writer, self._decided.get_nowait())

    async def _answer(self, writer: Writer, decision: Decision) -> None:
        rig = await self.store.rig(decision.rig)
        trigger = (
            next((each for each in rig.spec.triggers if each.name == decision.trigger), None) if rig else None
        )
        if rig is not None and trigger is not None:
            await writer.decided(rig, trigger, decision)

    async def _tell_forever(self, writer: Writer) -> None:
        told: Hashable | None = None
        while True:
            await asyncio.sleep(self.settings.tell)
            version = self._version()
            if version is None or version != told or writer.owes:
                told = version if await self._tell_all(writer) else None

    def _version(self) -> Hashable | None:
        try:
            return self.store.version()
        except EXPECTED:
            return None  # a look meets it, too, and tells

    async def _tell_all(self, writer: Writer) -> bool:
        """Whether all that there is to tell was told, by this process."""
        done = True
        for rig in await self._listening_rigs():
            if rig.spec.forge is not None:
                leads = await self.leadership.leads()
                done &= leads and await self._guarded(rig.metadata.name, self._tell(writer, rig))
        return done

    async def _tell(self, writer: Writer, rig: Rig) -> None:
        self.metrics.comment(rig.metadata.name, await writer.tell(rig))

    async def _guarded(self, rig: str, work: Coroutine[None, None, object]) -> bool:
        """Whether the work was done: one rig's trouble must not keep the others waiting, nor end a loop."""
        try:
            await work
        except EXPECTED as error:
            log.warning("will be tried again", extra={"rig": rig, "reason": str(error)})
        except Exception:
            log.exception("an event loop went wrong and goes on", extra={"rig": rig})
        else:
            return True
        return False
