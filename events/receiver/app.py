"""The application: routes, what an error is answered with, and nothing that a stranger could learn from."""

import json
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from events.errors import EventsError, Later, TooLarge, Unconfigured, Unreadable, Unsigned
from events.metrics import Metrics
from events.receiver.cloudevents import CloudEvents
from events.receiver.guards import Guard
from events.receiver.hooks import Hooks

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ANSWERS: tuple[tuple[type[EventsError], int], ...] = (
    (Unsigned, 401),
    (TooLarge, 413),
    (Unreadable, 400),
    (Unconfigured, 503),
    (Later, 503),
)
AGAIN = "30"
"""Seconds after which a sender is asked to try again."""


def application(
    hooks: Hooks, cloud_events: CloudEvents, *, guard: Guard, metrics: Metrics
) -> web.Application:
    """The receiver."""
    app = web.Application(client_max_size=hooks.settings.body_limit)
    app.router.add_post("/hooks/{rig}", _answering(hooks.post, guard, metrics))
    app.router.add_post("/events", _answering(cloud_events.post, guard, metrics))
    app.router.add_post("/events/{rig}", _answering(cloud_events.post, guard, metrics))
    return app


def _answering(handler: Handler, guard: Guard, metrics: Metrics) -> Handler:
    """The handler with an answer for each error. Around each by itself: a middleware is put together anew for every request."""

    async def answered(request: web.Request) -> web.StreamResponse:
        source = request.remote or ""
        if guard.closed(source):
            metrics.delivery("throttled")
            return _refusal(429, "too many deliveries with a wrong signature")
        try:
            return await handler(request)
        except EventsError as error:
            status = next(code for kind, code in ANSWERS if isinstance(error, kind))
            if status == 401:
                guard.failed(source)
            metrics.delivery(str(status))
            log.info("delivery refused", extra={"status": status, "reason": str(error), "path": request.path})
            return _refusal(status, str(error) if status != 503 else _public(error))

    return answered


def _public(error: EventsError) -> str:
    """What went wrong inside stands in our log; the sender learns that it shall come again."""
    return "not set up yet; see the log" if isinstance(error, Unconfigured) else "try again later"


def _refusal(status: int, message: str) -> web.Response:
    headers = {"Retry-After": AGAIN} if status in {429, 503} else {}
    return web.Response(
        status=status, text=json.dumps({"error": message}), content_type="application/json", headers=headers
    )
