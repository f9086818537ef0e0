"""One leader by a Lease: who holds it works, the others wait with everything loaded.

The client library has such a thing too, but a dropped connection ends its process, and it never gives the Lease back at the end,
so that every restart would wait for it to run out.
"""

import asyncio
import datetime
import logging
from collections.abc import Callable
from typing import Protocol

from adapter.errors import AdapterError, Conflicted, Exists, Missing
from adapter.objects.keys import Key
from adapter.settings import LeaseSettings
from crds import Manifest

log = logging.getLogger(__name__)


class Leases(Protocol):
    """The part of the gateway that a Lease needs."""

    async def get(self, key: Key) -> Manifest:
        """One object. Raises Missing."""

    async def create(self, manifest: Manifest) -> Manifest:
        """A new object. Raises Exists."""

    async def replace(self, manifest: Manifest) -> Manifest:
        """Replace what nobody changed meanwhile. Raises Conflicted."""


class LeaderElection:
    """This process as a candidate. `now` is wall time and only for people to read: leases of others are timed by `loop.time`."""

    def __init__(
        self,
        leases: Leases,
        *,
        namespace: str,
        identity: str,
        settings: LeaseSettings,
        now: Callable[[], datetime.datetime],
    ) -> None:
        self._leases = leases
        self._key = Key("Lease", namespace, settings.name)
        self._identity = identity
        self._settings = settings
        self._now = now
        self._seen: tuple[str, str] | None = None
        self._seen_at = 0.0

    async def acquire(self) -> None:
        """Wait until this process leads."""
        while True:
            if await self._try():
                break
            await asyncio.sleep(self._settings.retry)
        log.info("lease acquired", extra={"identity": self._identity})

    async def keep(self) -> None:
        """Renew for as long as it works; returns when the lead is lost."""
        loop = asyncio.get_running_loop()
        renewed = loop.time()
        while loop.time() - renewed < self._settings.renew:
            await asyncio.sleep(self._settings.retry)
            begun = loop.time()
            if await self._try():
                renewed = begun
        log.error("lease lost", extra={"identity": self._identity})

    async def release(self) -> None:
        """Give the Lease back, so that the next one need not wait for it to run out."""
        try:
            lease = await self._leases.get(self._key)
            if lease["spec"].get("holderIdentity") == self._identity:
                await self._leases.replace(lease | {"spec": lease["spec"] | {"holderIdentity": ""}})
        except AdapterError as error:
            log.warning("lease could not be released", extra={"error": str(error)})

    async def _try(self) -> bool:
        try:
            async with asyncio.timeout(self._settings.retry):
                return await self._take()
        except (Conflicted, Exists):
            return False
        except (AdapterError, TimeoutError) as error:
            log.warning("lease could not be read or renewed", extra={"error": str(error) or "time ran out"})
            return False

    async def _take(self) -> bool:
        try:
            lease = await self._leases.get(self._key)
        except Missing:
            metadata = {"name": self._key.name, "namespace": self._key.namespace}
            body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata}
            await self._leases.create(body | {"spec": self._spec({})})
            return True
        spec = lease["spec"]
        if spec.get("holderIdentity") not in ("", None, self._identity) and not self._expired(spec):
            return False
        await self._leases.replace(lease | {"spec": self._spec(spec)})
        return True

    def _expired(self, spec: Manifest) -> bool:
        """Clocks differ between machines, so a Lease has run out when *we* saw no change of it for its duration."""
        seen = (str(spec["holderIdentity"]), str(spec.get("renewTime")))
        time = asyncio.get_running_loop().time()
        if seen != self._seen:
            self._seen, self._seen_at = seen, time
        return time - self._seen_at > float(spec.get("leaseDurationSeconds") or self._settings.duration)

    def _spec(self, before: Manifest) -> Manifest:
        now = self._now().isoformat(timespec="microseconds").replace("+00:00", "Z")
        same = before.get("holderIdentity") == self._identity
        return {
            "holderIdentity": self._identity,
            "leaseDurationSeconds": max(1, round(self._settings.duration)),
            "acquireTime": before.get("acquireTime", now) if same else now,
            "renewTime": now,
            "leaseTransitions": int(before.get("leaseTransitions") or 0) + (0 if same else 1),
        }
