"""Runs calls one after the other over urllib: for steps and the command line, which have the standard library."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException, HTTPMessage
from typing import IO, TypeVar
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, OpenerDirector, build_opener
from urllib.request import Request as UrllibRequest

from forges.conditional import Memory
from forges.errors import ForgeError, Unavailable
from forges.exchange import Answer, Call, Request
from forges.limits import AGENT, LARGEST_ANSWER, TIMEOUT

T = TypeVar("T")


class _Stays(HTTPRedirectHandler):
    """Hands redirects over instead of following them: the token would go along to another server."""

    def redirect_request(
        self, req: UrllibRequest, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        del req, fp, code, msg, headers, newurl


@dataclass(slots=True)
class Blocking:
    """A connection to one forge with one token."""

    credentials: Mapping[str, str]
    timeout: float = TIMEOUT
    memory: Memory = field(default_factory=Memory)
    _opener: OpenerDirector = field(default_factory=lambda: build_opener(_Stays))

    def run(self, call: Call[T]) -> T:
        """What the call returns. What it raises passes through; a broken connection is Unavailable inside of it."""
        try:
            request = next(call)
            while True:
                try:
                    answer = self._send(request)
                except ForgeError as error:
                    request = call.throw(error)
                else:
                    request = call.send(answer)
        except StopIteration as done:
            result: T = done.value
            return result

    def _send(self, request: Request) -> Answer:
        headers = {"User-Agent": AGENT, "Accept": "application/json", **request.headers, **self.credentials}
        headers |= self.memory.condition(request)
        body = None if request.body is None else json.dumps(request.body).encode()
        if body is not None:
            headers["Content-Type"] = "application/json"
        # The scheme is http or https: `api_root` takes no other, and `Api` keeps to its origin.
        asked = UrllibRequest(request.url, data=body, headers=headers, method=request.method)  # noqa: S310
        try:
            with self._opener.open(asked, timeout=self.timeout) as answer:
                return self.memory.settle(request, _read(request, answer.status, answer.headers, answer))
        except HTTPError as answer:
            with answer:
                return self.memory.settle(request, _read(request, answer.code, answer.headers, answer))
        except (OSError, HTTPException, ValueError) as error:
            raise Unavailable(f"{request}: {error}") from error


def _read(request: Request, status: int, headers: Message, stream: IO[bytes]) -> Answer:
    body = stream.read(LARGEST_ANSWER + 1)
    if len(body) > LARGEST_ANSWER:
        raise Unavailable(f"{request}: the answer is larger than {LARGEST_ANSWER >> 20} MB")
    return Answer(status=status, headers={name.lower(): value for name, value in headers.items()}, body=body)
