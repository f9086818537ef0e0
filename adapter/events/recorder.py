"""Records Kubernetes Events, beside the work, which never waits for them."""

import asyncio
import contextlib
import datetime
import hashlib
import logging
from collections.abc import Callable

from adapter.api.gateway import Gateway
from adapter.errors import AdapterError, Exists, Missing
from adapter.events.changes import Turn, turns
from adapter.metrics.registry import Metrics
from adapter.objects.keys import Key
from adapter.objects.kinds import SERVED
from adapter.objects.views import View
from crds import Manifest

log = logging.getLogger(__name__)

CONTROLLER = "gastown.io/adapter"
"""The `reportingController` of every Event."""

MOST = 1000
"""Events that may wait to be written. Past that they are dropped: statuses say the same, and the apiserver has enough to do."""

AGAIN = datetime.timedelta(minutes=10)
"""Time in which the same Event of the same object is counted, and not written anew."""


class EventRecorder:
    """Takes changes and writes Events, one at a time."""

    def __init__(
        self, gateway: Gateway, metrics: Metrics, *, identity: str, now: Callable[[], datetime.datetime]
    ) -> None:
        self._gateway = gateway
        self._metrics = metrics
        self._identity = identity[:128]
        self._now = now
        self._queue: asyncio.Queue[tuple[View, Turn]] = asyncio.Queue(MOST)
        self._told: dict[tuple[str, str, str], tuple[Key, str, int, datetime.datetime]] = {}

    def on_change(self, before: View | None, after: View | None) -> None:
        """Take what changed. Returns at once."""
        for each in turns(before, after):
            if after is not None:
                with contextlib.suppress(asyncio.QueueFull):
                    self._queue.put_nowait((after, each))

    async def run(self) -> None:
        """Write until cancelled. An Event that can't be written is dropped, and logged."""
        while True:
            seen, told = await self._queue.get()
            try:
                await self._tell(seen, told)
            except AdapterError as error:
                log.info("event dropped", extra={"event": told.reason, "reason": str(error)})

    async def _tell(self, seen: View, told: Turn) -> None:
        now = self._now()
        self._forget(now)
        key = (seen.uid, told.reason, told.note)
        if known := self._told.get(key):
            event, uid, count, _ = known
            series = {"count": count + 1, "lastObservedTime": _micro(now)}
            try:
                await self._gateway.patch(event, {"series": series}, uid=uid)
            except Missing:
                del self._told[key]
            else:
                self._told[key] = (event, uid, count + 1, now)
                return
        body = event_of(seen, told, identity=self._identity, now=now)
        with contextlib.suppress(Exists):
            answer = await self._gateway.create(body)
            self._metrics.wrote("Event", "create")
            place = Key("Event", body["metadata"]["namespace"], body["metadata"]["name"])
            self._told[key] = (place, answer["metadata"]["uid"], 1, now)

    def _forget(self, now: datetime.datetime) -> None:
        old = [key for key, (_, _, _, at) in self._told.items() if now - at > AGAIN]
        for key in old:
            del self._told[key]


def event_of(seen: View, told: Turn, *, identity: str, now: datetime.datetime) -> Manifest:
    """The Event. Its name is a function of what it tells and of the version that it tells of, so none is written twice."""
    kind, namespace, name = seen.key
    text = "\0".join((seen.uid, str(seen.version), told.reason, told.note))
    regarding = {"apiVersion": SERVED[kind].api_version, "kind": kind, "name": name, "uid": seen.uid}
    return {
        "apiVersion": SERVED["Event"].api_version,
        "kind": "Event",
        "metadata": {
            "name": f"{name[:200]}.{hashlib.sha256(text.encode()).hexdigest()[:16]}",
            # What is cluster-wide has its Events where `kubectl describe` looks for them.
            "namespace": namespace or "default",
        },
        "eventTime": _micro(now),
        "reportingController": CONTROLLER,
        "reportingInstance": identity,
        "action": "Observe",
        "reason": told.reason,
        "regarding": regarding | ({"namespace": namespace} if namespace else {}),
        "note": told.note,
        "type": "Warning" if told.warns else "Normal",
    }


def _micro(time: datetime.datetime) -> str:
    return time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
