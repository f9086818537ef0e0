"""Runs calls over aiohttp: for servers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from aiohttp import ClientError, ClientSession, ClientTimeout

from forges.conditional import Memory
from forges.errors import ForgeError, Unavailable
from forges.exchange import Answer, Call, Request
from forges.limits import AGENT, LARGEST_ANSWER, TIMEOUT

T = TypeVar("T")


@dataclass(slots=True)
class Waiting:
    """A connection to one forge with one token; the session is the caller's to close."""

    session: ClientSession
    credentials: Mapping[str, str]
    timeout: float = TIMEOUT
    memory: Memory = field(default_factory=Memory)

    async def run(self, call: Call[T]) -> T:
        """What the call returns. What it raises passes through; a broken connection is Unavailable inside of it."""
        try:
            request = next(call)
            while True:
                try:
                    answer = await self._send(request)
                except ForgeError as error:
                    request = call.throw(error)
                else:
                    request = call.send(answer)
        except StopIteration as done:
            result: T = done.value
            return result

    async def _send(self, request: Request) -> Answer:
        headers = {"User-Agent": AGENT, "Accept": "application/json", **request.headers, **self.credentials}
        headers |= self.memory.condition(request)
        try:
            async with self.session.request(
                request.method,
                request.url,
                json=request.body,
                headers=headers,
                allow_redirects=False,
                timeout=ClientTimeout(total=self.timeout),
            ) as answer:
                body = bytearray()
                async for chunk in answer.content.iter_any():
                    body += chunk
                    if len(body) > LARGEST_ANSWER:
                        raise Unavailable(f"{request}: the answer is larger than {LARGEST_ANSWER >> 20} MB")
                names = {name.lower(): value for name, value in answer.headers.items()}
                return self.memory.settle(request, Answer(answer.status, names, bytes(body)))
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unavailable(f"{request}: {error}") from error
