"""Brings what happened to the sinks: looks, stores what is new, sends, stores what was taken; one process at a time."""

import asyncio
import datetime
import fnmatch
import logging
import random
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp

from crds.sinks import Sink
from events.errors import EventsError, Unconfigured
from events.metrics import Metrics
from events.outbox import formats
from events.outbox.catalogue import Fact
from events.outbox.facts import facts
from events.outbox.letters import MOST, Outbox, loaded
from events.outbox.sending import Fate, Outcome, send
from events.secrets import Secrets
from events.signatures import Secret
from events.stores.interface import Shelf, Snapshot
from workflows.errors import WorkflowsError

log = logging.getLogger(__name__)

BATCH = 20
"""Events after which what was taken is stored; a crash repeats at most so many, with their ids."""
FIRST, LONGEST = 1.0, 300.0
"""Seconds that a sink is left alone after a failure; doubled with each further one, up to the second."""


class Snapshots(Protocol):
    """A town that can be looked at as a whole."""

    def version(self) -> Hashable | None:
        """Another one whenever a look may find something new; None where only a look can tell."""

    async def snapshot(self) -> Snapshot:
        """All objects that events are told of. Raises Later."""


class Leads(Protocol):
    """Which of several processes sends."""

    async def leads(self) -> bool:
        """Whether this one does."""


@dataclass(slots=True)
class Publisher:
    """Sends to each sink in order; a sink that fails waits alone, and the others do not wait for it."""

    sinks: Sequence[Sink]
    town: Snapshots
    shelf: Shelf
    secrets: Secrets
    leadership: Leads
    metrics: Metrics
    now: Callable[[], datetime.datetime]
    clock: Callable[[], float] = time.monotonic
    _resting: dict[str, tuple[float, int]] = field(default_factory=dict)
    """Until when each sink is left alone, and after how many failures in a row."""
    _told: Hashable | None = None
    """The version of the town of which every sink's outbox knows all; None where one does not."""
    _waiting: dict[str, int] = field(default_factory=dict)
    """How many letters each sink's outbox holds, as this process left it."""

    async def forever(self, *, pause: float) -> None:
        """Look and send until cancelled."""
        async with aiohttp.ClientSession(trust_env=True) as session:
            while True:
                try:
                    if await self.leadership.leads():
                        await self.round(session)
                    else:
                        self._told, self._waiting = None, {}  # whoever leads now changes the outboxes
                except (EventsError, WorkflowsError) as error:
                    log.warning("nothing is sent for now", extra={"detail": str(error)})
                except Exception:
                    log.exception("the outbox went wrong and goes on")
                await asyncio.sleep(pause)

    async def round(self, session: aiohttp.ClientSession) -> None:
        """One look at the town where it may have changed, and what there is to send to each sink."""
        version = self.town.version()
        known = version is not None and version == self._told
        seen = [] if known else list(facts(await self.town.snapshot()))
        self._told = None
        done = await asyncio.gather(
            *(self._serve(session, each, None if known else seen) for each in self.sinks),
            return_exceptions=True,
        )
        for each in done:
            if isinstance(each, BaseException):
                raise each
        self._told = version if all(done) else None

    async def _serve(self, session: aiohttp.ClientSession, sink: Sink, seen: Sequence[Fact] | None) -> bool:
        """Take up what is new and send; whether the outbox had room for all of it. `seen` is None where nothing is new."""
        if seen is None and not (self._waiting.get(sink.name, 1) and self._awake(sink)):
            return True
        text, version = await self.shelf.load(sink.name)
        # Objects tell whole seconds: what is made within this one would seem to be from before.
        begun = self.now().replace(microsecond=0)
        known = loaded(text, where=f"outbox of sink {sink.name}") if text else Outbox(since=begun)
        outbox = known if seen is None else self._taken_up(known, sink, seen)
        if outbox != known or not text:
            version = await self.shelf.save(sink.name, outbox.dumped(), version)
        room = len(outbox.waiting) < MOST
        while outbox.waiting and self._awake(sink):
            sent = await self._batch(session, sink, outbox)
            outbox = outbox.without(sent)
            if sent:
                version = await self.shelf.save(sink.name, outbox.dumped(), version)
        self._waiting[sink.name] = len(outbox.waiting)
        self.metrics.waiting(sink.name, len(outbox.waiting))
        return room

    def _taken_up(self, known: Outbox, sink: Sink, seen: Sequence[Fact]) -> Outbox:
        wanted = (
            each for each in seen if any(fnmatch.fnmatchcase(each.kind.name, glob) for glob in sink.types)
        )
        form = formats.cdevent if sink.format == "cdevents" else formats.plain
        return known.with_facts(wanted, form)

    async def _batch(self, session: aiohttp.ClientSession, sink: Sink, outbox: Outbox) -> frozenset[str]:
        """Send until the batch is full or the sink fails; the ids of what need not be sent again."""
        secrets, sent = self._secrets(sink), set[str]()
        for each in outbox.waiting[:BATCH]:
            answer = await send(session, sink.url, each, secrets=secrets, now=self.now)
            self.metrics.sent(sink.name, answer.fate.name.lower())
            if answer.fate is Fate.LATER:
                self._rest(sink, answer)
                break
            if answer.fate is Fate.REFUSED:
                log.error(
                    "sink refused an event", extra={"sink": sink.name, "event": each.id, "detail": answer.why}
                )
            self._resting.pop(sink.name, None)
            sent.add(each.id)
        return frozenset(sent)

    def _secrets(self, sink: Sink) -> tuple[Secret, ...]:
        """The key to sign with. Raises Unconfigured where one is named and not there: nothing goes out unsigned by accident."""
        if not sink.secret:
            return ()
        name, _, key = sink.secret.partition("/")
        found = self.secrets.named(name, key)
        if not found:
            raise Unconfigured(
                f"sink {sink.name}: secret {sink.secret} is not mounted; list it in events.secrets"
            )
        return found

    def _awake(self, sink: Sink) -> bool:
        return self.clock() >= self._resting.get(sink.name, (0.0, 0))[0]

    def _rest(self, sink: Sink, answer: Outcome) -> None:
        failures = self._resting.get(sink.name, (0.0, 0))[1] + 1
        pause = min(LONGEST, FIRST * 2.0 ** min(failures - 1, 16)) * random.uniform(0.8, 1.0)  # noqa: S311 - jitter
        self._resting[sink.name] = (self.clock() + max(pause, answer.after), failures)
        log.warning("sink is left alone for a while", extra={"sink": sink.name, "detail": answer.why})
