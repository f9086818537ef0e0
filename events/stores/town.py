"""The town of one machine, where a convoy is a row and a runner."""

import time
from collections.abc import Sequence

from crds import Condition, Convoy, Polecat, Rig
from events.convoys.manifest import TRIGGER
from events.errors import Later, Unreadable
from events.stores.interface import Change, Snapshot
from workflows.errors import Occupied, Unavailable, WorkflowsError
from workflows.local.town import LocalTown

OUTBOX = "EventsOutbox"

FRESH = 0.1
"""Seconds for which a rig that is known counts as read: asking the file whether somebody wrote takes a tenth of a delivery's time."""


class TownStore:
    """One user's local town. SQLite answers in less than a millisecond, so nothing here leaves the event loop."""

    namespace = ""

    def __init__(self, town: LocalTown) -> None:
        self._town = town
        self._version = -1
        self._looked = 0.0
        self._rigs: dict[str, Rig] = {}
        self._convoys: dict[str, Convoy | None] = {}

    async def rigs(self) -> Sequence[Rig]:
        """See `Store`."""
        self._refresh()
        return tuple(self._rigs.values())

    async def rig(self, name: str) -> Rig | None:
        """See `Store`."""
        if name not in self._rigs or time.monotonic() - self._looked >= FRESH:
            self._refresh()
        return self._rigs.get(name)

    async def slung(self, rig: str) -> Sequence[Convoy]:
        """See `Store`."""
        names = self._town.store.names("Convoy")
        known = self._convoys
        self._convoys = dict(
            self._town.store.readable.each(
                names, lambda name: (name, known[name] if name in known else self._made_by_event(name))
            )
        )
        return tuple(each for each in self._convoys.values() if each is not None and each.spec.rig_ref == rig)

    async def exists(self, convoy: str) -> bool:
        """See `Store`."""
        return convoy in self._town.store.names("Convoy")

    async def create(self, convoy: Convoy) -> bool:
        """See `Store`."""
        if await self.exists(convoy.metadata.name):
            return False
        try:
            self._town.convoys.create(convoy)
        except Occupied:  # another process was faster, and saw the issue in another state
            return False
        except Unavailable as error:
            raise Later(str(error)) from error
        except WorkflowsError as error:
            raise Unreadable(str(error)) from error
        return True

    async def taken(self, rig: str) -> frozenset[str]:
        """See `Store`."""
        found = (each["spec"] for each in self._town.store.resources("Convoy"))
        beads = (spec.get("trackedBeads", ()) for spec in found if spec.get("rigRef") == rig)
        return frozenset(bead for each in beads for bead in each)

    async def convoy(self, name: str) -> Convoy | None:
        """See `Store`."""
        return self._town.convoys.get(name) if await self.exists(name) else None

    async def polecats(self, convoy: str) -> Sequence[Polecat]:
        """See `Store`."""
        return self._town.polecats.of_convoy(convoy)

    async def record(self, rig: str, change: Change, conditions: Sequence[Condition] = ()) -> None:
        """See `Store`."""
        self._town.rigs.record_events(rig, change, conditions)
        self._version, self._looked = -1, 0.0

    def version(self) -> tuple[int, int]:
        """See `Snapshots`."""
        return self._town.store.written

    async def snapshot(self) -> Snapshot:
        """All that sinks are told of."""
        town, rigs = self._town, await self.rigs()
        refineries = town.store.readable.each((each.metadata.name for each in rigs), town.rigs.refinery)
        return Snapshot(town.convoys.all(), town.polecats.all(), tuple(refineries), rigs)

    def _made_by_event(self, name: str) -> Convoy | None:
        """What events made keeps its source for ever, so it is read once."""
        manifest = self._town.store.resource("Convoy", name)
        if manifest is None or TRIGGER not in manifest["metadata"].get("labels", {}):
            return None
        return self._town.convoys.records.convoy(name)

    def _refresh(self) -> None:
        self._looked, version = time.monotonic(), self._town.store.version
        if version != self._version:
            self._rigs = {each.metadata.name: each for each in self._town.rigs.listening()}
            self._version = version


class TownShelf:
    """Outboxes as rows of the town's file: stored before they are sent, and there after a kill."""

    def __init__(self, town: LocalTown) -> None:
        self._store = town.store

    async def load(self, sink: str) -> tuple[str, str]:
        """See `Shelf`. One process leads on a machine, so there is no version."""
        found = self._store.resource(OUTBOX, sink)
        return (str(found["outbox"]), "") if found else ("", "")

    async def save(self, sink: str, text: str, version: str) -> str:
        """See `Shelf`."""
        self._store.put_resource({"kind": OUTBOX, "metadata": {"name": sink}, "outbox": text})
        return version
