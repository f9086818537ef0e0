"""`POST /events` and `/events/<rig>`: CloudEvents, binary, structured and in batches, from Argo Events, Knative or anybody."""

import base64
import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from crds import Rig
from events import signatures
from events.deliveries import parsed
from events.errors import Unreadable, Unsigned
from events.inbox import Inbox
from events.metrics import Metrics
from events.model import Occurrence, Text
from events.receiver import bodies
from events.receiver.hooks import told
from events.secrets import Secrets
from events.settings import EventsSettings
from events.signatures import Secret
from events.stores.interface import Store

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
MOST = 100
"""Events in a batch."""
DATA = 20_000
"""Characters of an event's data that become part of the task."""


@dataclass(slots=True)
class CloudEvents:
    """The routes."""

    settings: EventsSettings
    store: Store
    secrets: Secrets
    inbox: Inbox
    metrics: Metrics
    now: Callable[[], datetime.datetime]

    async def post(self, request: web.Request) -> web.Response:
        """Verify, read, decide for every rig that listens; 200 once whatever is to be made is made."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        rigs, secrets = await self._addressed(request)
        body = await self._body(request, headers, secrets)
        events = read(request.content_type, headers, body, now=self.now())
        decisions = [
            decision for rig in rigs for decision in await self.inbox.sling(rig, events, connection=None)
        ]
        self.metrics.delivery("taken" if decisions else "unmatched")
        return web.json_response({"decisions": [told(each) for each in decisions]})

    async def _addressed(self, request: web.Request) -> tuple[Sequence[Rig], tuple[Secret, ...]]:
        name = request.match_info.get("rig")
        if name is None:
            secret, _, key = self.settings.events_secret.partition("/")
            return await self.store.rigs(), self.secrets.named(secret, key) if secret and key else ()
        rig = await self.store.rig(name)
        return ((rig,), self.secrets.webhook(rig)) if rig else ((), ())

    async def _body(
        self, request: web.Request, headers: Mapping[str, str], secrets: tuple[Secret, ...]
    ) -> bytes:
        limit, patience = self.settings.body_limit, self.settings.patience
        if secrets and signatures.bearer(headers, secrets):
            return await bodies.read(
                request, limit=limit, patience=patience, update=_nothing, passed=lambda: True
            )
        if not secrets or not headers.get("webhook-signature"):
            raise Unsigned("send the secret as a bearer token, or sign as Standard Webhooks")
        check = signatures.standard(headers, secrets, now=self.now)
        return await bodies.read(
            request, limit=limit, patience=patience, update=check.update, passed=check.passed
        )


def read(
    content_type: str, headers: Mapping[str, str], body: bytes, *, now: datetime.datetime
) -> tuple[Occurrence, ...]:
    """The events of a request. Raises Unreadable, naming what is missing."""
    if content_type == BATCH:
        batch = parsed(body)
        if not isinstance(batch, list) or len(batch) > MOST:
            raise Unreadable(f"a batch is a list of at most {MOST} events")
        return tuple(_structured(each, now=now) for each in batch)
    if content_type == STRUCTURED:
        return (_structured(parsed(body), now=now),)
    named = {name.removeprefix("ce-"): value for name, value in headers.items() if name.startswith("ce-")}
    if "type" in named:
        text = body.decode("utf-8", errors="replace")
        data = parsed(body) if content_type in bodies.JSON and body.strip() else text
        return (_event({**named, "data": data}, now=now),)
    return (_structured(parsed(body), now=now),)


def _structured(found: object, *, now: datetime.datetime) -> Occurrence:
    if not isinstance(found, dict):
        raise Unreadable("an event is a JSON object")
    if isinstance(found.get("data_base64"), str):
        try:
            raw = base64.b64decode(found["data_base64"], validate=True)
        except ValueError as error:
            raise Unreadable("data_base64 is not base64") from error
        found = {**found, "data": raw.decode("utf-8", errors="replace")}
    return _event(found, now=now)


def _event(found: Mapping[str, object], *, now: datetime.datetime) -> Occurrence:
    wanted = {name: found.get(name) for name in ("id", "source", "type", "specversion")}
    for name, value in wanted.items():
        if not isinstance(value, str) or not value or len(value) > 512:
            raise Unreadable(f"the event has no {name}")
    if wanted["specversion"] != "1.0":
        raise Unreadable("specversion must be 1.0")
    source, subject = str(wanted["source"]), found.get("subject")
    return Occurrence(
        event="CloudEvent",
        object=f"{source} {wanted['id']}"[:512],
        at=_time(found.get("time"), now=now),
        source=source,
        type=str(wanted["type"]),
        text=Text(subject[:200] if isinstance(subject, str) else "", ""),
        words=_words(found.get("data")),
    )


def _time(found: object, *, now: datetime.datetime) -> datetime.datetime:
    """When it happened; an event that does not say so, or names a moment to come, happened now."""
    if not isinstance(found, str):
        return now
    try:
        moment = datetime.datetime.fromisoformat(found)
        return min(
            now, (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
        )
    except (ValueError, OverflowError) as error:
        raise Unreadable("time is none of RFC 3339") from error


def _words(data: object) -> str:
    """The data as code in Markdown: it is for the agent to read, and not for anybody to render."""
    if data in (None, "", {}, []):
        return ""
    text = data if isinstance(data, str) else json.dumps(data, indent=2, ensure_ascii=False)
    return "\n".join(f"    {line}" for line in text[:DATA].splitlines())


def _nothing(piece: bytes) -> None:
    del piece
