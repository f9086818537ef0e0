"""The watches of what people set up: rigs, refineries, witnesses and bead stores, by kopf, which connects, resumes and lists anew.

Its handlers pass on what they see and do nothing else. What machines change comes by `streams`: decisions/0008 in docs says why.

kopf runs in a thread with a loop of its own, because at its end it cancels every task of its loop that is younger than itself
(measured: 1.45.2). No handler of ours is one that kopf would store something for, so it writes nothing, on no object.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, cast

import kopf

from adapter.objects.kinds import SERVED, SET_UP
from adapter.settings import AdapterSettings
from crds import Manifest

log = logging.getLogger(__name__)

Deliver = Callable[[str, str, Manifest], None]
"""Takes the type of an event (ADDED, MODIFIED, DELETED, or LISTED), a kind, and the object."""


Login = Callable[[], Awaitable[kopf.ConnectionInfo]]
"""Gives the credentials as they are now."""


class NoDiffBase(kopf.DiffBaseStorage):
    """kopf copies a whole object at each event to compare it later (20 ms for 1,000 nodes); nothing here compares."""

    def build(self, *, body: kopf.Body, extra_fields: Iterable[Any] | None = None) -> kopf.BodyEssence:  # noqa: ARG002 - kopf's
        """An empty essence, whatever the object."""
        return kopf.BodyEssence()

    def fetch(self, *, body: kopf.Body) -> kopf.BodyEssence | None:  # noqa: ARG002 - kopf's
        """None: nothing was stored."""
        return None

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        """Store nothing."""


class KopfWatches:
    """The watches by kopf. `deliver` is called on the loop that made the watcher."""

    def __init__(self, settings: AdapterSettings, deliver: Deliver, login: Login, *, identity: str) -> None:
        self._settings = settings
        self._deliver = deliver
        self._login = login
        self._identity = identity
        self._stop = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="watches", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    async def ended(self) -> None:
        """Returns when the watches have ended: by `stop`, or because kopf gave up, which the process should not outlive."""
        await self._ended.wait()

    async def stop(self) -> None:
        """End all watches."""
        self._stop.set()
        await self._ended.wait()

    def _run(self) -> None:
        try:
            asyncio.run(self._watch())
        except Exception:
            log.exception("kopf watches failed")
        finally:
            self._loop.call_soon_threadsafe(self._ended.set)

    async def _watch(self) -> None:
        registry = kopf.OperatorRegistry()
        kopf.on.login(registry=registry)(self._logged_in)
        for kind in SET_UP:
            served = SERVED[kind]
            group, version = served.api_version.split("/")
            kopf.on.event(group, version, served.plural, registry=registry, id=kind)(self._handler(kind))
        namespaces = self._settings.watched
        await kopf.operator(
            registry=registry,
            settings=_kopf_settings(),
            standalone=True,
            clusterwide=not namespaces,
            namespaces=namespaces,
            stop_flag=self._stop,
            # Else it asks for the user's name, and a number that the platform gave has none.
            identity=cast("Any", self._identity),
        )

    async def _logged_in(self, **_: Any) -> kopf.ConnectionInfo:
        return await self._login()

    def _handler(self, kind: str) -> Callable[..., Any]:
        async def see(event: Manifest, **_: Any) -> None:
            self._loop.call_soon_threadsafe(self._deliver, event["type"] or "LISTED", kind, event["object"])

        return see


def _kopf_settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.persistence.diffbase_storage = NoDiffBase()
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.peering.standalone = True
    settings.watching.chunk_size = 500
    settings.queueing.idle_timeout = 1.0
    settings.process.ultimate_exiting_timeout = None
    return settings
