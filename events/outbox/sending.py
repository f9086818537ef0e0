"""One request to a sink, and what its answer means for the event."""

import datetime
import email.utils
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

import aiohttp

from events import signatures
from events.outbox.formats import CONTENT_TYPE
from events.outbox.letters import Letter
from events.signatures import Secret

PATIENCE = aiohttp.ClientTimeout(total=15)
REFUSALS = frozenset({400, 405, 406, 413, 414, 415, 422})
"""Answers that would be the same the next time: they are about this event, not about the way to the sink."""
LONGEST = 3600.0
"""Seconds of a Retry-After that are heeded at most."""


class Fate(Enum):
    """What became of an event."""

    TAKEN = auto()
    REFUSED = auto()
    LATER = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer. `after` is how long the sink asks to be left alone, in seconds."""

    fate: Fate
    why: str = ""
    after: float = 0.0


async def send(
    session: aiohttp.ClientSession,
    url: str,
    letter: Letter,
    *,
    secrets: tuple[Secret, ...],
    now: Callable[[], datetime.datetime],
) -> Outcome:
    """Send one event, signed where there is a secret. A redirect is not followed: it would carry the event elsewhere."""
    body, moment = letter.body.encode(), now()
    headers = {"Content-Type": CONTENT_TYPE, "webhook-id": letter.id}
    if secrets:
        headers |= signatures.signed(secrets[0], name=letter.id, moment=int(moment.timestamp()), body=body)
    try:
        async with session.post(
            url, data=body, headers=headers, allow_redirects=False, timeout=PATIENCE
        ) as answer:
            return outcome(answer.status, answer.headers.get("Retry-After", ""), now=moment)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        return Outcome(Fate.LATER, type(error).__name__)


def outcome(status: int, retry_after: str, *, now: datetime.datetime) -> Outcome:
    """What an answer means. 401, 403 and 404 are for whoever set the sink up: the event waits until that is mended."""
    if 200 <= status < 300:
        return Outcome(Fate.TAKEN)
    if status in REFUSALS:
        return Outcome(Fate.REFUSED, f"it answers {status}")
    return Outcome(Fate.LATER, f"it answers {status}", _seconds(retry_after, now=now))


def _seconds(text: str, *, now: datetime.datetime) -> float:
    """A Retry-After in seconds or as a date; 0 for anything else."""
    if text.isascii() and text.isdecimal() and len(text) < 9:
        return min(float(text), LONGEST)
    try:
        until = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=datetime.UTC)
    return min(max(0.0, (until - now).total_seconds()), LONGEST)
