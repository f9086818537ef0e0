"""Watches: every change from a version on, as one client's selector shows it, with bookmarks, until the time is over."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from inmemory.refusals import Refused
from inmemory.resources import Resource
from inmemory.store import Change, Manifest, Store

BOOKMARK = 60.0
"""Seconds between two bookmarks."""

LONGEST = 1800.0
"""Seconds after which a watch ends, where the client asks for no other time."""

Selects = Callable[[Manifest], bool]


def selector(text: str) -> Selects:
    """A labelSelector of the forms `a=b`, `a` and `a!=b`, joined by commas."""

    def one(part: str, labels: Mapping[str, str]) -> bool:
        if "!=" in part:
            name, _, value = part.partition("!=")
            return labels.get(name) != value
        name, equals, value = part.replace("==", "=").partition("=")
        return labels.get(name) == value if equals else name in labels

    parts = [each for each in text.split(",") if each]
    return lambda obj: all(one(part, obj["metadata"].get("labels") or {}) for part in parts)


class Watch:
    """One client's watch of a resource, in one namespace or all."""

    def __init__(self, store: Store, resource: Resource, namespace: str, query: Mapping[str, str]) -> None:
        self._store = store
        self.resource = resource
        self._namespace = namespace
        self._selects = selector(query.get("labelSelector", ""))
        self._bookmarks = query.get("allowWatchBookmarks") in ("true", "1", "True")
        self._seconds = float(query.get("timeoutSeconds") or LONGEST)
        told = query.get("resourceVersion", "")
        self._version = int(told) if told not in ("", "0") else None
        self.over = asyncio.Event()
        """Set to end it."""
        self.client = ""
        self.silent = False
        """True for a watch that lives, as its bookmarks say, and brings nothing more."""

    async def lines(self) -> AsyncIterator[bytes]:
        """The answer, line by line."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._seconds
        bookmark = loop.time() + BOOKMARK
        if self._version is None:
            self._version = self._store.version
            for each in self._store.all(self.resource, self._namespace):
                if self._selects(each):
                    yield _line("ADDED", each)
        while not self.over.is_set() and loop.time() < end:
            changed = self._store.changed
            try:
                fresh = self._store.since(self._version)
            except Refused as refused:
                yield _line("ERROR", refused.status)
                return
            for change in fresh:
                self._version = change.version
                if (event := self._event(change)) and not self.silent:
                    yield _line(event, change.shown)
            if loop.time() >= bookmark and self._bookmarks:
                bookmark = loop.time() + BOOKMARK
                yield _line("BOOKMARK", self._bookmark())
            await self._wait(changed, min(end, bookmark if self._bookmarks else end) - loop.time())

    async def _wait(self, changed: asyncio.Event, seconds: float) -> None:
        waiting = {asyncio.ensure_future(each.wait()) for each in (changed, self.over)}
        try:
            await asyncio.wait(waiting, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()

    def _event(self, change: Change) -> str:
        """The type of the event that this client sees; empty for none. What leaves the selection is deleted for it."""
        if change.place.resource is not self.resource:
            return ""
        if self._namespace and change.place.namespace != self._namespace:
            return ""
        before = change.before is not None and self._selects(change.before)
        after = change.after is not None and self._selects(change.after)
        return {(False, True): "ADDED", (True, True): "MODIFIED", (True, False): "DELETED"}.get(
            (before, after), ""
        )

    def _bookmark(self) -> Manifest:
        metadata = {"resourceVersion": str(self._version), "creationTimestamp": None}
        return {"apiVersion": self.resource.api_version, "kind": self.resource.kind, "metadata": metadata}


def _line(event: str, obj: Any) -> bytes:
    return json.dumps({"type": event, "object": obj}).encode() + b"\n"
