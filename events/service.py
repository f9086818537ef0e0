"""The whole of gastown-events in one process: the receiver, and the loops that repair, answer and start."""

import asyncio
import contextlib
import datetime
import gc
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import aiohttp
from aiohttp import web

from events.answers.writer import Writer
from events.connections import Connections
from events.inbox import Inbox
from events.leading import Leadership
from events.loops.answers import Answers
from events.loops.lists import Lists
from events.loops.repairs import Repairs
from events.metrics import Metrics
from events.model import Decision
from events.receiver.app import application
from events.receiver.cloudevents import CloudEvents
from events.receiver.guards import Guard
from events.receiver.hooks import Hooks
from events.secrets import Secrets
from events.serving import health, listening, until
from events.settings import EventsSettings
from events.slinging import Slinger
from events.stores.interface import Store
from forges.registry import credentials
from forges.transports.waiting import Waiting
from workflows.clock import utc_now


class _Parts(NamedTuple):
    """What a process consists of, while it has a session."""

    app: web.Application
    repairs: Repairs
    lists: Lists
    answers: Answers


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

    async def run(self, stop: asyncio.Event, *, ready: Callable[[int, int], None] | None = None) -> None:
        """Serve until told to stop; `ready` hears the ports."""
        host, ports = self.settings.listen, (self.settings.port, self.settings.health_port)
        async with (
            self._assembled() as parts,
            listening(parts.app, host, ports[0]) as port,
            listening(health(self.metrics), host, ports[1]) as health_port,
        ):
            # What the program consists of stays: looking through all of it again and again cost a fifth of each delivery.
            gc.collect()
            gc.freeze()
            if ready:
                ready(port, health_port)
            loops = (
                parts.repairs.forever,
                parts.lists.forever,
                parts.answers.forever,
                parts.answers.tell_forever,
                *self.background,
            )
            await until(stop, [asyncio.create_task(each()) for each in loops])

    async def poll_once(self) -> list[Decision]:
        """Repair every rig once, and answer: for one machine that no webhook reaches. Raises what stands in the way."""
        async with self._assembled() as parts:
            decisions: list[Decision] = []
            for rig in await self.store.rigs():
                if rig.spec.triggers:
                    decisions += await parts.repairs.once(rig)
                    await parts.answers.all()
                    await parts.answers.writer.tell(rig)
            return decisions

    @contextlib.asynccontextmanager
    async def _assembled(self) -> AsyncIterator[_Parts]:
        settings, store, leadership, metrics = self.settings, self.store, self.leadership, self.metrics
        async with aiohttp.ClientSession(trust_env=True) as session:
            connections = Connections(lambda token: Waiting(session, credentials(token)), self.secrets)
            answers = Answers(settings, store, Writer(store, connections), leadership, metrics)
            slinger = Slinger(store, self.now, datetime.timedelta(hours=settings.window_hours))
            inbox = Inbox(store, connections, slinger, self.now, answers.heard)
            parts = (settings, store, self.secrets, inbox, metrics, self.now)
            guard = Guard(settings.tries_per_minute)
            yield _Parts(
                app=application(Hooks(*parts), CloudEvents(*parts), guard=guard, metrics=metrics),
                repairs=Repairs(settings, store, inbox, leadership, metrics, self.now, self.secrets),
                lists=Lists(settings, store, inbox, leadership),
                answers=answers,
            )
