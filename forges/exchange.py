"""Requests and answers as plain values, and what an answer's status means to the caller."""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Never, TypeAlias, TypeVar
from urllib.parse import urlsplit, urlunsplit

from forges.errors import (
    ForgeError,
    NoRight,
    NotFound,
    RateLimited,
    Reason,
    Refused,
    TokenRefused,
    Unavailable,
    Unreadable,
)

T = TypeVar("T")

WORDS = 300
"""How much of a forge's own words an error keeps."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. It holds no credentials: the transport adds them, so that a request can be shown."""

    method: str
    url: str
    body: object = None
    """Sent as JSON; None sends no body."""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """`GET https://host/path`, without the query."""
        parts = urlsplit(self.url)
        return f"{self.method} {urlunsplit((parts.scheme, parts.netloc, parts.path, '', ''))}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: where the token may go."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self, request: Request) -> object:
        """The body as JSON, None when it is empty. Raises Unreadable when it is something else."""
        if not self.body.strip():
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            message = f"{request}: the answer is not JSON; is the API address right?"
            raise Unreadable(message) from error


Call: TypeAlias = Generator[Request, Answer, T]
"""An operation: yields what to send, is sent what came back, returns what was asked for. Not reusable."""


def failing(error: ForgeError) -> Call[Never]:
    """A call that fails without asking anything."""
    yield from ()
    raise error


def accepted(request: Request, answer: Answer) -> Answer:
    """The answer, if it is a success. Raises the error that says what to do next otherwise."""
    if 200 <= answer.status < 300:
        return answer
    raise refusal(request, answer)


def refusal(request: Request, answer: Answer) -> ForgeError:
    """The error that an answer stands for."""
    words = said(answer)
    message = f"{request}: {answer.status} {words}".rstrip()
    wait = pause(answer)
    if answer.status == 429 or (answer.status == 403 and (wait is not None or _spent(answer, words))):
        return RateLimited(message, after=wait)
    if answer.status >= 500 or answer.status in {408, 425}:
        return Unavailable(message, after=wait)
    if answer.status == 401:
        return TokenRefused(f"{message}; make a new token")
    if answer.status == 403:
        return NoRight(message)
    if answer.status in {404, 410}:
        return NotFound(message)
    if answer.status < 400:
        return Unreadable(f"{message}; the API has moved to {answer.headers.get('location', 'elsewhere')}")
    return Refused(message, reason=Reason.INVALID, words=words, status=answer.status)


def said(answer: Answer) -> str:
    """What the forge says in its own words, from whatever form the answer has; empty when it says nothing."""
    try:
        content = json.loads(answer.body) if answer.body.strip() else None
    except (ValueError, RecursionError):
        return ""
    return " ".join("; ".join(_sentences(content, depth=4)).split())[:WORDS]


def _sentences(content: object, *, depth: int) -> list[str]:
    if isinstance(content, str):
        return [content]
    if depth == 0:
        return []
    if isinstance(content, list):
        return [each for entry in content for each in _sentences(entry, depth=depth - 1)]
    if not isinstance(content, dict):
        return []
    names = ("message", "error", "errors", "detail")
    known = [content[name] for name in names if content.get(name)]
    if not any(name in content for name in names):  # GitLab names the field: {"title": ["can't be blank"]}
        return [
            f"{name} {each}" for name, entry in content.items() for each in _sentences(entry, depth=depth - 1)
        ]
    return list(dict.fromkeys(each for entry in known for each in _sentences(entry, depth=depth - 1)))


def pause(answer: Answer) -> float | None:
    """Seconds that the forge asks to wait, None when it asks for none. Its own clock decides, by the Date header."""
    told = answer.headers.get("retry-after", "").strip()
    if told.isdecimal():
        return float(told)
    if told:
        return _between(_moment(answer.headers.get("date", "")), _moment(told))
    left = answer.headers.get("x-ratelimit-remaining", answer.headers.get("ratelimit-remaining", ""))
    reset = answer.headers.get("x-ratelimit-reset", answer.headers.get("ratelimit-reset", ""))
    if left.strip() == "0" and reset.strip().isdecimal():
        return _between(_moment(answer.headers.get("date", "")), float(reset))
    return None


def _spent(answer: Answer, words: str) -> bool:
    """Whether a 403 is a limit, as GitHub sends it, and no lack of rights."""
    return answer.headers.get("x-ratelimit-remaining", "").strip() == "0" or "rate limit" in words.lower()


def _between(now: float | None, then: float | None) -> float | None:
    if now is None or then is None:
        return None
    return max(0.0, then - now)


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
