"""Writes to the apiserver: a status only when it differs, and every answer goes straight into the cache."""

import dataclasses
from typing import NamedTuple

from adapter.api.changes import Change
from adapter.api.gateway import Gateway
from adapter.cache.cache import Cache
from adapter.errors import Conflicted, Missing
from adapter.metrics.registry import Metrics
from adapter.objects.digests import digest, shown
from adapter.objects.keys import Key
from adapter.objects.reading import version_of, view
from adapter.objects.views import PolecatView, ResourceView
from crds import Manifest


class Applied(NamedTuple):
    """Digests of a status as it was last written: what was wanted, and what the apiserver made of it."""

    wanted: str
    found: str


@dataclasses.dataclass(slots=True)
class Writer:
    """Every write of the adapter goes through here, so that each is counted and none is made twice."""

    gateway: Gateway
    cache: Cache
    metrics: Metrics
    _applied: dict[str, Applied] = dataclasses.field(default_factory=dict)

    async def status(self, seen: PolecatView | ResourceView, status: Manifest) -> bool:
        """Write a status unless it is there already; returns whether it was written. Raises Missing, Conflicted."""
        wanted = digest(shown(status))
        if wanted == seen.digest or self._applied.get(seen.uid) == Applied(wanted, seen.digest):
            return False
        # A watch is often faster than the answer: what it brings is known for our own already.
        self._applied[seen.uid] = Applied(wanted, wanted)
        answer = await self._apply_status(seen, status)
        self.metrics.wrote(seen.key.kind, "status")
        # Where somebody else's fields stand in a status, it never is quite what is wanted; that is no reason to write for ever.
        found = view(seen.key.kind, {"kind": seen.key.kind} | answer)
        if isinstance(found, PolecatView | ResourceView):
            self._applied[seen.uid] = Applied(wanted, found.digest)
        self.cache.put(found)
        return True

    async def _apply_status(self, seen: PolecatView | ResourceView, status: Manifest) -> Manifest:
        """Apply a status to the object of this uid and to no other one of its name, in whatever version that is."""
        known = self.cache.get(seen.key) or seen
        version = known.version if known.uid == seen.uid else seen.version
        try:
            return await self.gateway.patch_status(seen.key, status, version=version)
        except Conflicted:
            found = await self.gateway.get(seen.key)
            if found["metadata"]["uid"] != seen.uid:
                raise Missing(f"{seen.key}: another object has its name by now") from None
            return await self.gateway.patch_status(seen.key, status, version=version_of(found))

    async def create(self, manifest: Manifest) -> Manifest:
        """Create an object. Raises Exists."""
        answer = await self.gateway.create(manifest)
        self.metrics.wrote(manifest["kind"], "create")
        self.take(manifest["kind"], answer)
        return answer

    async def apply(self, manifest: Manifest) -> Manifest:
        """Make an object be as the manifest says."""
        answer = await self.gateway.apply(manifest)
        self.metrics.wrote(manifest["kind"], "apply")
        self.take(manifest["kind"], answer)
        return answer

    async def change(self, change: Change) -> None:
        """Merge a small change into an object. Raises Missing, Conflicted."""
        answer = await self.gateway.patch(change.key, change.patch, uid=change.uid)
        self.metrics.wrote(change.key.kind, "patch")
        if not self._gone(answer):
            self.take(change.key.kind, answer)

    async def delete(self, key: Key, *, uid: str) -> None:
        """Delete an object; one that is gone is fine."""
        await self.gateway.delete(key, uid=uid)
        self.metrics.wrote(key.kind, "delete")

    def ours(self, seen: PolecatView | ResourceView) -> bool:
        """True while a status is as the last write of this process left it."""
        applied = self._applied.get(seen.uid)
        return applied is not None and applied.found == seen.digest

    def forget(self, uid: str) -> None:
        """Drop what is remembered of an object that is gone."""
        self._applied.pop(uid, None)

    def take(self, kind: str, answer: Manifest) -> None:
        """Store an object as the apiserver answered it, where its kind is cached."""
        if self.cache.holds(kind):
            self.cache.put(view(kind, {"kind": kind} | answer))

    @staticmethod
    def _gone(answer: Manifest) -> bool:
        """An object whose last finalizer was just taken off is deleted with that same request."""
        metadata = answer.get("metadata") or {}
        return bool(metadata.get("deletionTimestamp")) and not metadata.get("finalizers")
