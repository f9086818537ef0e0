"""Escalations: who is stuck is told to a sink as a CloudEvent, once, with patience, and never in the way of the work."""

import asyncio
import contextlib
import datetime
import hashlib
import logging
from collections.abc import Callable, Iterator

import aiohttp
from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.v1.event import CloudEvent

from adapter.metrics import Metrics
from adapter.news import newly_stuck
from adapter.views import ResourceView, View
from crds import StuckPolecat, Witness

log = logging.getLogger(__name__)

TYPE = "io.gastown.polecat.stuck"
PAUSES = (1.0, 5.0, 25.0)
"""Seconds before each further try."""
PATIENCE = 10.0
"""Seconds that a sink may take to answer."""
MOST = 256
"""Escalations that may wait for their sink; past that the oldest word stands in the Witness only."""

_BUSY = 429


def escalations(before: View | None, after: View | None) -> Iterator[tuple[Witness, StuckPolecat]]:
    """Who is stuck and was not. At the first sight of a witness nobody is: a restart repeats no call."""
    if not isinstance(before, ResourceView) or not isinstance(after, ResourceView):
        return
    if not isinstance(before.resource, Witness) or not isinstance(after.resource, Witness):
        return
    if before.uid != after.uid:
        return
    for each in newly_stuck(before.resource, after.resource):
        yield after.resource, each


def sink_of(witness: Witness, sink: str) -> str:
    """Where a witness's calls go: to the address that it names itself, else to the adapter's sink; empty for nowhere."""
    target = witness.spec.escalation_target
    return target if target.startswith(("http://", "https://")) else sink


def event_of(witness: Witness, stuck: StuckPolecat, *, now: datetime.datetime) -> CloudEvent:
    """The CloudEvent. Its id is a function of what it tells, so a sink knows a second delivery."""
    place = f"{witness.metadata.namespace}/{witness.metadata.name}"
    since = stuck.since.isoformat() if stuck.since else ""
    text = f"{witness.metadata.uid} {stuck.polecat} {since} {stuck.reason}"
    return CloudEvent(
        attributes={
            "id": hashlib.sha256(text.encode()).hexdigest()[:32],
            "source": f"/gastown/witnesses/{place}",
            "type": TYPE,
            "specversion": "1.0",
            "time": now,
            "subject": stuck.polecat,
            "datacontenttype": "application/json",
        },
        data={
            "rig": witness.spec.rig_ref,
            "polecat": stuck.polecat,
            "bead": stuck.bead,
            "reason": stuck.reason,
            "since": since,
            "target": witness.spec.escalation_target,
        },
    )


class Escalator:
    """Sends. What no sink takes after all tries is logged and dropped: it stands in the Witness all the same."""

    def __init__(self, metrics: Metrics, *, sink: str, now: Callable[[], datetime.datetime]) -> None:
        self._metrics = metrics
        self._sink = sink
        self._now = now
        self._queue: asyncio.Queue[tuple[str, CloudEvent]] = asyncio.Queue(MOST)

    def hear(self, before: View | None, after: View | None) -> None:
        """Take what changed. Returns at once."""
        for witness, stuck in escalations(before, after):
            if address := sink_of(witness, self._sink):
                with contextlib.suppress(asyncio.QueueFull):
                    self._queue.put_nowait((address, event_of(witness, stuck, now=self._now())))

    async def forever(self) -> None:
        """Send until cancelled, one after the other."""
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                address, event = await self._queue.get()
                sent = await self._send(session, address, event)
                self._metrics.escalations.labels("sent" if sent else "lost").inc()

    async def _send(self, session: aiohttp.ClientSession, address: str, event: CloudEvent) -> bool:
        message = to_structured_event(event)
        for pause in (*PAUSES, None):
            try:
                async with session.post(address, headers=message.headers, data=message.body) as answer:
                    if answer.status < 300:
                        return True
                    problem = f"it answers {answer.status}"
                    if 400 <= answer.status < 500 and answer.status != _BUSY:
                        break
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                problem = str(error) or type(error).__name__
            if pause is not None:
                await asyncio.sleep(pause)
        log.warning("an escalation is lost", extra={"sink": address, "reason": problem})
        return False
