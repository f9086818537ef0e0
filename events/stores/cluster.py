"""A cluster: convoys are made there, and rigs are read; the status of a rig is the one thing that is changed."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from crds import (
    API_VERSION,
    Condition,
    Convoy,
    CrdError,
    EventsStatus,
    Manifest,
    Polecat,
    Refinery,
    Rig,
    load,
    with_conditions,
)
from events.convoys.manifest import RIG, TRIGGER
from events.errors import Later
from events.records.conditions import PAUSED, WEBHOOK
from events.stores.apiserver import APPLY, BARE, MANAGER, Apiserver, Conflicted, Missing, path
from events.stores.changes import Changes
from events.stores.interface import Change, Snapshot
from workflows.labels import CONVOY

FRESH = 2.0
"""Seconds for which rigs count as read: a change of a trigger is heeded after that. While a watch sees no change they stay read."""

TRIES = 8
"""How often a status is written anew because somebody else was faster."""

OWN = (WEBHOOK, PAUSED)

R = TypeVar("R", Convoy, Polecat, Refinery)


@dataclass(slots=True)
class ClusterStore:
    """One namespace for convoys, and the cluster's rigs."""

    api: Apiserver
    namespace: str
    own_namespace: str = ""
    """Where refineries stand."""
    changes: Changes | None = None
    """Tells whether a new look can differ from the last one."""
    _rigs: dict[str, Rig] = field(default_factory=dict)
    _read: float = -FRESH
    _known: int | None = None
    """The version of the rigs that were read, where a watch tells it."""
    _made: dict[str, Convoy] = field(default_factory=dict)

    async def rigs(self) -> Sequence[Rig]:
        """See `Store`. A rig that this version can't read is left out: it may be of a newer one."""
        now, version = time.monotonic(), self.changes.of(path("rigs")) if self.changes else None
        unchanged = version is not None and version == self._known
        if now - self._read >= FRESH and not unchanged:
            found = await self.api.every(path("rigs"))
            self._rigs = {each.metadata.name: each for each in map(_rig, found) if each is not None}
            self._read, self._known = now, version
        return tuple(self._rigs.values())

    async def rig(self, name: str) -> Rig | None:
        """See `Store`."""
        await self.rigs()
        return self._rigs.get(name)

    async def slung(self, rig: str) -> Sequence[Convoy]:
        """See `Store`. What events made keeps its source for ever, so each is read whole once."""
        where, selector = path("convoys", namespace=self.namespace), f"{RIG}={rig},{TRIGGER}"
        bare = await self.api.every(where, accept=BARE, labelSelector=selector)
        names = [str(each["metadata"]["name"]) for each in bare]
        found = []
        for name in names:
            known = self._made.get(name) or await self.convoy(name)
            if known is not None:
                self._made[name] = known
                found.append(known)
        return tuple(found)

    async def exists(self, convoy: str) -> bool:
        """See `Store`."""
        return await self.convoy(convoy) is not None

    async def create(self, convoy: Convoy) -> bool:
        """See `Store`."""
        where = path("convoys", namespace=self.namespace)
        try:
            await self.api.ask(
                "POST",
                where,
                body=convoy.manifest(),
                query={"fieldManager": MANAGER, "fieldValidation": "Strict"},
            )
        except Conflicted:
            return False
        return True

    async def taken(self, rig: str) -> frozenset[str]:
        """See `Store`."""
        found = await self.api.every(path("convoys", namespace=self.namespace))
        specs = (each.get("spec") or {} for each in found)
        return frozenset(
            bead for spec in specs if spec.get("rigRef") == rig for bead in spec.get("trackedBeads") or ()
        )

    async def convoy(self, name: str) -> Convoy | None:
        """See `Store`."""
        try:
            return Convoy.model_validate(
                await self.api.ask("GET", path("convoys", namespace=self.namespace, name=name))
            )
        except Missing:
            return None

    async def polecats(self, convoy: str) -> Sequence[Polecat]:
        """See `Store`."""
        where, selector = path("polecats", namespace=self.namespace), f"{CONVOY}={convoy}"
        found = await self.api.every(where, labelSelector=selector)
        return tuple(Polecat.model_validate({"kind": "Polecat"} | each) for each in found)

    def version(self) -> int | None:
        """See `Snapshots`."""
        return self.changes.version if self.changes else None

    async def snapshot(self) -> Snapshot:
        """All that sinks are told of; an object that this version can't read is left out."""
        self._read = -FRESH
        convoys, polecats, refineries, _ = told_of(self.namespace, self.own_namespace)
        return Snapshot(
            _all(Convoy, await self.api.every(convoys)),
            _all(Polecat, await self.api.every(polecats)),
            _all(Refinery, await self.api.every(refineries)),
            await self.rigs(),
        )

    async def record(self, rig: str, change: Change, conditions: Sequence[Condition] = ()) -> None:
        """See `Store`. Applied by one field manager at the version that was read, so no replica undoes another's."""
        for _ in range(TRIES):
            try:
                found = await self.api.ask("GET", path("rigs", name=rig))
            except Missing:
                return
            known = Rig.model_validate(found).status
            own = [each for each in known.conditions if each.type in OWN]
            events = change(known.events or EventsStatus())
            wanted = with_conditions(own, *conditions)
            if events == known.events and wanted == tuple(own):
                return
            try:
                await self._apply(rig, found, events, wanted)
            except Conflicted:
                continue
            self._read, self._known = -FRESH, None
            return
        raise Later(f"rig {rig}: its status changes faster than it can be written")

    async def _apply(self, rig: str, found: Manifest, events: EventsStatus, own: Sequence[Condition]) -> None:
        body = {
            "apiVersion": API_VERSION,
            "kind": "Rig",
            "metadata": {"name": rig, "resourceVersion": found["metadata"]["resourceVersion"]},
            "status": {
                "events": events.model_dump(mode="json", by_alias=True, exclude_defaults=True),
                "conditions": [
                    each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in own
                ],
            },
        }
        where = path("rigs", name=rig, part="status")
        await self.api.ask(
            "PATCH", where, body=body, kind=APPLY, query={"fieldManager": MANAGER, "force": "true"}
        )


def told_of(namespace: str, own_namespace: str) -> tuple[str, ...]:
    """Where the objects are that sinks are told of: convoys, polecats, refineries, rigs."""
    return (
        path("convoys", namespace=namespace),
        path("polecats", namespace=namespace),
        path("refineries", namespace=own_namespace),
        path("rigs"),
    )


def watched(namespace: str, own_namespace: str, *, sinks: bool) -> tuple[str, ...]:
    """Where changes are to be met. The chart gives the right to read refineries only where there are sinks to tell of them."""
    convoys, polecats, refineries, rigs = told_of(namespace, own_namespace)
    return (convoys, polecats, refineries, rigs) if sinks else (convoys, polecats, rigs)


def _all(kind: type[R], manifests: Sequence[Manifest]) -> tuple[R, ...]:
    """The items of a list, which carry neither kind nor version."""
    found = []
    for each in manifests:
        with contextlib.suppress(ValidationError):
            found.append(kind.model_validate({"apiVersion": API_VERSION, "kind": kind.__name__} | each))
    return tuple(found)


def _rig(manifest: Manifest) -> Rig | None:
    try:
        found = load({"apiVersion": API_VERSION, "kind": "Rig"} | manifest)
    except CrdError:
        return None
    return found if isinstance(found, Rig) else None
