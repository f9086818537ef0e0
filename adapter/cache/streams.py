"""Our own watches of what machines change: Workflows, Polecats and Convoys come by the thousand.

A stream goes on from the version that was listed, after every cut from the last one seen; where the apiserver has forgotten that
one it reads everything anew, and what is no longer there is gone. Why this is not left to kopf: docs/decisions/0008.
"""

import asyncio
import logging
from contextlib import aclosing

from adapter.api.gateway import Gateway
from adapter.cache.kopfwatches import Deliver
from adapter.cache.lister import Lister
from adapter.errors import Expired, Retry

log = logging.getLogger(__name__)

FIRST = 0.5
"""Seconds before another try; each further one waits twice as long, up to LAST."""
LAST = 8.0

PAUSE = 0.05
"""Seconds after an answer that ended well, as every watch does in the end: one that always ends at once makes no storm."""


class Stream:
    """One kind in one namespace, or in all where that is empty."""

    def __init__(
        self, gateway: Gateway, lister: Lister, deliver: Deliver, *, kind: str, namespace: str
    ) -> None:
        self._gateway = gateway
        self._lister = lister
        self._deliver = deliver
        self._kind = kind
        self._namespace = namespace
        self._version = ""
        self._failures = 0

    async def begin(self) -> None:
        """Read everything once. Raises AdapterError."""
        self._version = await self._lister.read(self._kind, self._namespace)

    async def run(self) -> None:
        """Pass on what changes. Raises Denied when it is not allowed any more; whatever else fails is tried again."""
        while True:
            try:
                if not self._version:
                    await self.begin()
                await self._follow()
                await asyncio.sleep(PAUSE)
            except Expired:
                log.info(
                    "watch expired: the kind is listed again",
                    extra={"kind": self._kind, "namespace": self._namespace},
                )
                self._version = ""
            except Retry as error:
                delay = min(LAST, FIRST * 2**self._failures)
                self._failures += 1
                log.info(
                    "watch failed: it will be retried",
                    extra={"kind": self._kind, "reason": str(error), "in": delay},
                )
                await asyncio.sleep(delay)

    async def _follow(self) -> None:
        events = self._gateway.watch(self._kind, namespace=self._namespace, version=self._version)
        async with aclosing(events) as told:
            async for event in told:
                self._failures = 0
                if event["type"] != "BOOKMARK":
                    self._deliver(event["type"], self._kind, event["object"])
                self._version = event["object"]["metadata"]["resourceVersion"]
