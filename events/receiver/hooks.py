"""`POST /hooks/<rig>`: a delivery of the rig's forge. The path names the rig, the rig names the forge; headers only confirm."""

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from crds import Rig
from crds.forges import ForgeKind
from events import deliveries, signatures
from events.errors import Unreadable, Unsigned
from events.inbox import Inbox
from events.metrics import Metrics
from events.model import Decision, Ignored
from events.receiver import bodies
from events.records import ledger
from events.secrets import Secrets
from events.settings import EventsSettings
from events.stores.interface import Store

HEARD_EVERY = datetime.timedelta(minutes=1)
"""How often the moment of the last event is written: not with each of a hundred."""

NOTHING: Mapping[str, Sequence[str]] = {"decisions": ()}
"""The answer to most deliveries, and so written once."""
_NOTHING = json.dumps(NOTHING).encode()


@dataclass(slots=True)
class Hooks:
    """The route."""

    settings: EventsSettings
    store: Store
    secrets: Secrets
    inbox: Inbox
    metrics: Metrics
    now: Callable[[], datetime.datetime]

    async def post(self, request: web.Request) -> web.Response:
        """Verify, read, decide; 200 once whatever is to be made is made."""
        rig, kind, body = await self._verified(request)
        content = deliveries.parsed(body)
        found = deliveries.told(kind, request.headers, content)
        await self._heard(rig)
        # Whatever it tells: of a review, a merge and a push forges tell in a dozen forms.
        self.inbox.told(rig, deliveries.judged(content))
        if isinstance(found, Ignored):
            self.metrics.delivery("ignored")
            return _answer({"ignored": found.why})
        decisions = await self.inbox.take(rig, found, delivery=deliveries.name_of(kind, request.headers))
        self.metrics.delivery("taken" if decisions else "unmatched")
        return _answer({"decisions": [told(each) for each in decisions]} if decisions else NOTHING)

    async def _verified(self, request: web.Request) -> tuple[Rig, ForgeKind, bytes]:
        """The rig of the path and the body. Whether a rig is there is told to nobody who can't sign for it."""
        if request.content_type not in bodies.JSON:
            raise Unreadable(f"{request.content_type or 'no content type'}: send application/json")
        rig = await self.store.rig(request.match_info["rig"])
        if rig is None or rig.spec.forge is None:
            raise Unsigned("no such rig, or no right signature")
        kind = rig.spec.forge.kind
        check = signatures.verification(kind, request.headers, self.secrets.webhook(rig), now=self.now)
        body = await bodies.read(
            request,
            limit=self.settings.body_limit,
            patience=self.settings.patience,
            update=check.update,
            passed=check.passed,
        )
        return rig, kind, body

    async def _heard(self, rig: Rig) -> None:
        now = self.now()
        last = rig.status.events.last_event if rig.status.events else None
        if last is None or now - last >= HEARD_EVERY:
            await self.store.record(rig.metadata.name, lambda status: ledger.heard(status, at=now))


def _answer(content: object) -> web.Response:
    """As `web.json_response`, without its look at character sets: one of these for each of all deliveries."""
    body = json.dumps(content).encode() if content is not NOTHING else _NOTHING
    return web.Response(body=body, headers={"Content-Type": "application/json"})


def told(decision: Decision) -> dict[str, str]:
    """A decision as the sender reads it."""
    answer = {"trigger": decision.trigger, "reason": decision.reason.value, "message": decision.message}
    return answer | ({"convoy": decision.convoy} if decision.convoy else {})
