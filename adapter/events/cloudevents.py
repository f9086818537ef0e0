"""Sends a CloudEvent about each stuck polecat to a sink, with retries, beside the work.

That a sink took a call stands in the Witness. Whoever dies before it is written calls again, with the same id.
"""

import asyncio
import datetime
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import unquote

import aiohttp
from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.v1.event import CloudEvent

from adapter.events.calls import call_id
from adapter.metrics.registry import Metrics
from adapter.objects.views import ResourceView, View
from crds import StuckPolecat, Witness
from workflows.globs import matches_any

log = logging.getLogger(__name__)

TYPE = "io.gastown.polecat.stuck"
PAUSES = (1.0, 5.0, 25.0)
"""Seconds before each further try."""
PATIENCE = 10.0
"""Seconds that a sink may take to answer."""
MOST = 256
"""Escalations that may wait for their sink; past that only the Witness says it."""

_BUSY = 429
_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:(?P<path>/[^\s\\#?]*)(?:\?[^\s\\#]*)?)?", re.ASCII
)

Taken = Callable[[Witness, StuckPolecat], None]
"""Hears that a sink took the call about a polecat."""


def escalations(seen: View | None) -> Iterator[tuple[Witness, StuckPolecat]]:
    """Who is stuck and nobody was called about."""
    if isinstance(seen, ResourceView) and isinstance(seen.resource, Witness):
        for each in seen.resource.status.stuck:
            if each.escalated is None:
                yield seen.resource, each


def sink_of(witness: Witness, sink: str, allowed: Sequence[str] = ()) -> str:
    """Where a witness's calls go: to the address that it names itself where the operator allows that one, else to the adapter's sink.

    `allowed` are globs of addresses. Whoever may write a Witness would else have the adapter call into its own network. Empty for nowhere.
    """
    target = witness.spec.escalation_target
    return target if _plain(target) and matches_any(target, allowed) else sink


def _plain(address: str) -> bool:
    """Whether an address reads to a glob as it does to a client: the host ends at the first slash, and no part of its path leads upwards."""
    found = _ADDRESS.fullmatch(address)
    return found is not None and not {".", ".."} & set(unquote(found["path"] or "").split("/"))


def event_of(witness: Witness, stuck: StuckPolecat, *, now: datetime.datetime) -> CloudEvent:
    """The CloudEvent. Its id is a function of what it tells, so a sink knows a second delivery."""
    place = f"{witness.metadata.namespace}/{witness.metadata.name}"
    return CloudEvent(
        attributes={
            "id": call_id(witness, stuck),
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
            "since": stuck.since.isoformat() if stuck.since else "",
            "target": witness.spec.escalation_target,
        },
    )


class Escalator:
    """Sends, and tells `taken` of each call that a sink took.

    What none takes after all tries is logged and dropped until the next start: it stands in the Witness all the same.
    """

    def __init__(
        self,
        metrics: Metrics,
        *,
        sink: str,
        allowed: Sequence[str] = (),
        now: Callable[[], datetime.datetime],
        taken: Taken,
    ) -> None:
        self._metrics = metrics
        self._sink = sink
        self._allowed = tuple(allowed)
        self._now = now
        self._taken = taken
        self._made: set[str] = set()
        self._queue: asyncio.Queue[tuple[str, Witness, StuckPolecat]] = asyncio.Queue(MOST)

    def on_change(self, _before: View | None, after: View | None) -> None:
        """Take what changed. Returns at once."""
        for witness, stuck in escalations(after):
            address, call = sink_of(witness, self._sink, self._allowed), call_id(witness, stuck)
            if address and call not in self._made and not self._queue.full():
                self._made.add(call)
                self._queue.put_nowait((address, witness, stuck))

    async def run(self) -> None:
        """Send until cancelled, one after the other."""
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                address, witness, stuck = await self._queue.get()
                sent = await self._send(session, address, event_of(witness, stuck, now=self._now()))
                if sent:
                    self._taken(witness, stuck)
                self._metrics.escalations.labels("sent" if sent else "lost").inc()

    async def _send(self, session: aiohttp.ClientSession, address: str, event: CloudEvent) -> bool:
        message = to_structured_event(event)
        for pause in (*PAUSES, None):
            try:
                async with session.post(
                    address, headers=message.headers, data=message.body, allow_redirects=False
                ) as answer:
                    if answer.status < 300:
                        return True
                    problem = f"it answers {answer.status}"
                    if 400 <= answer.status < 500 and answer.status != _BUSY:
                        break
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                problem = str(error) or type(error).__name__
            if pause is not None:
                await asyncio.sleep(pause)
        log.warning("escalation lost", extra={"sink": address, "reason": problem})
        return False
