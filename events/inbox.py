"""From deliveries and polls to decisions: both ask the forge, and both end in the same slinger."""

import asyncio
import datetime
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from crds import Rig
from events.connections import Connection, Connections
from events.inquiries import issues, pulls, pushes
from events.inquiries.everything import everything
from events.inquiries.scope import Scope
from events.inquiries.times import due
from events.model import About, Decision, Hint, Match, Occurrence, Reason
from events.records import ledger
from events.slinging import Slinger
from events.stores.interface import Store
from events.triggers import rules
from events.triggers.authorization import Rights
from forges.exchange import Call

log = logging.getLogger(__name__)

REMEMBERED = 10_000
"""Refusals that are not told a second time when a poll meets them again."""

OVERLAP = datetime.timedelta(minutes=2)
"""How far before the start of the last poll the next one looks: clocks differ, and lists are read page by page."""

After = Callable[[Decision], None]
"""Hears of each decision once it is stored; what it does must not delay the answer."""


@dataclass(slots=True)
class Inbox:
    """Takes what is told of a rig and looks for what was not."""

    store: Store
    connections: Connections
    slinger: Slinger
    now: Callable[[], datetime.datetime]
    after: After
    looks: dict[str, asyncio.Event] = field(default_factory=dict)
    """Set for a rig that is to be looked at now."""
    lists: dict[str, asyncio.Event] = field(default_factory=dict)
    """Set for a rig whose pull requests are to be listed now."""
    judged: dict[str, dict[str, datetime.datetime]] = field(default_factory=dict)
    """By rig, commits whose checks or reviews were told since the last list, which may show nothing of that, and when."""
    _cursors: dict[str, datetime.datetime] = field(default_factory=dict)
    _refused: OrderedDict[tuple[str, str, str], None] = field(default_factory=OrderedDict)

    async def take(self, rig: Rig, hints: Iterable[Hint], *, delivery: str = "") -> list[Decision]:
        """What becomes of a delivery, whose id is remembered. Raises Later and Unconfigured; what was decided by then is decided again alike."""
        decisions: list[Decision] = []
        for hint in hints:
            if hint.about is About.PING:
                self.looks.setdefault(rig.metadata.name, asyncio.Event()).set()
            elif rules.listening(rig, hint):
                decisions += await self._take(rig, hint, delivery)
        return decisions

    async def _take(self, rig: Rig, hint: Hint, delivery: str) -> list[Decision]:
        connection = await self.connections.of(rig)
        if hint.repository != connection.repository:
            log.warning("delivery of another repository", extra={"rig": rig.metadata.name})
            return []
        scope = self._scope(rig, connection, since=self.now() - self.slinger.window)
        found = await connection.run(_inquiry(scope, hint, now=self.now()))
        return await self.sling(rig, found, connection=connection, delivery=delivery)

    async def sling(
        self,
        rig: Rig,
        occurrences: Sequence[Occurrence],
        *,
        connection: Connection | None,
        delivery: str = "",
        polled: bool = False,
    ) -> list[Decision]:
        """Sling what matches, in the order in which it happened, and remember what became of it."""
        decisions: list[Decision] = []
        rights: Rights = {}
        for occurrence in sorted(occurrences, key=lambda each: each.at):
            for trigger in rules.about(rig, occurrence):
                forge = connection.host if connection else occurrence.source
                match = Match(rig, trigger, occurrence, forge)
                decision = await self.slinger.sling(
                    match, connection=connection, delivery=delivery, rights=rights
                )
                decisions.append(decision)
                self.after(decision)
        await self._record(rig, [each for each in decisions if self._new(each, polled=polled)])
        return decisions

    async def repair(self, rig: Rig) -> list[Decision]:
        """List what the forge says now and sling what is missing. Raises Later and Unconfigured."""
        name, started = rig.metadata.name, self.now()
        convoys = await self.store.slung(name)
        await self.store.record(
            name,
            lambda status: ledger.claimed(ledger.first_seen(status, rig.spec.triggers, now=started), convoys),
        )
        rig = await self.store.rig(name) or rig
        connection = await self.connections.of(rig) if rig.spec.forge else None
        found: list[Occurrence] = list(due(rig, now=started))
        if connection is not None:
            oldest = started - self.slinger.window
            scope = self._scope(rig, connection, since=max(oldest, self._cursors.get(name, oldest)))
            found += await connection.run(everything(scope, now=started))
        decisions = await self.sling(rig, found, connection=connection, polled=True)
        made = sum(each.reason is Reason.SLUNG for each in decisions)
        convoys = await self.store.slung(name)
        await self.store.record(
            name, lambda status: ledger.repaired(status, convoys, found=made, at=started), ()
        )
        self._cursors[name] = started - OVERLAP
        return decisions

    async def list_pulls(self, rig: Rig) -> None:
        """Say in the rig how each open pull request looks: merges that wait for people go on by it. Raises Later and Unconfigured."""
        started = self.now()
        connection = await self.connections.of(rig)
        judged = self.judged.pop(rig.metadata.name, {})
        pulls = await connection.run(connection.forge.pulls.all_open())
        marks = [mark for _, mark in sorted((each.number, each.mark) for each in pulls)]
        told = {each.mark: judged[each.head_sha] for each in pulls if each.head_sha in judged}
        await self.store.record(
            rig.metadata.name, lambda status: ledger.listed(status, marks, told, at=started)
        )

    def told(self, rig: Rig, commit: str) -> None:
        """A signed delivery came; `commit` is the one whose checks or review it is about, empty for others. Merges that wait may go on by it."""
        name = rig.metadata.name
        if commit:
            now = self.now()
            # Also where nobody waits yet: a merge may have looked before it came, and be about to wait.
            recent = {
                each: when
                for each, when in self.judged.get(name, {}).items()
                if (now - when).total_seconds() < ledger.REMEMBERED
            }
            self.judged[name] = recent | {commit: now}
        if name not in self.lists:
            self.lists[name] = asyncio.Event()
        self.lists[name].set()

    def _scope(self, rig: Rig, connection: Connection, *, since: datetime.datetime) -> Scope:
        return Scope(
            rig=rig, forge=connection.forge, repository=connection.repository, me=connection.me, since=since
        )

    async def _record(self, rig: Rig, decisions: Sequence[Decision]) -> None:
        if decisions:
            now = self.now()
            await self.store.record(
                rig.metadata.name, lambda status: ledger.decided(status, decisions, now=now)
            )

    def _new(self, decision: Decision, *, polled: bool) -> bool:
        """A poll meets the same refusals each time; they count once."""
        if decision.reason is Reason.DONE_BEFORE:
            return False
        mark = (decision.rig, decision.trigger, f"{decision.occurrence.object} {decision.reason}")
        known = mark in self._refused
        self._refused[mark] = None
        self._refused.move_to_end(mark)
        while len(self._refused) > REMEMBERED:
            self._refused.popitem(last=False)
        return not (known and polled)


def _inquiry(scope: Scope, hint: Hint, *, now: datetime.datetime) -> Call[tuple[Occurrence, ...]]:
    match hint.about:
        case About.ISSUE:
            return (yield from issues.opened(scope, hint))
        case About.LABELS:
            return (yield from issues.labelled(scope, hint))
        case About.COMMENT:
            return (yield from issues.commented(scope, hint))
        case About.PULL_COMMENT:
            return (yield from pulls.commented(scope, hint))
        case About.REVIEW:
            return (yield from pulls.reviewed(scope, hint))
        case About.CHECK:
            return (yield from pulls.failed(scope, hint))
        case About.PUSH:
            return pushes.pushed(scope, hint, now=now)
        case About.PING:
            return ()
