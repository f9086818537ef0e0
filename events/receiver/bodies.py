"""Bodies: read piece by piece into their signature, and put together only once that was found right."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from events.errors import TooLarge, Unreadable, Unsigned

JSON = ("application/json", "application/cloudevents+json", "application/cloudevents-batch+json")


async def read(
    request: web.Request,
    *,
    limit: int,
    patience: float,
    update: Callable[[bytes], None],
    passed: Callable[[], bool],
) -> bytes:
    """The body. Raises Unsigned, TooLarge, or Unreadable when it does not arrive in time; then nothing of it is kept."""
    if (request.content_length or 0) > limit:
        raise TooLarge(f"the body has more than {limit} bytes")
    if request.content.is_eof():  # all of it came with the headers, as most do: nothing to wait for
        body = request.content.read_nowait()
        if len(body) > limit:
            raise TooLarge(f"the body has more than {limit} bytes")
        update(body)
        return _passed(body, passed)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(patience):
            async for piece in request.content.iter_any():
                size += len(piece)
                if size > limit:
                    raise TooLarge(f"the body has more than {limit} bytes")
                update(piece)
                pieces.append(piece)
    except TimeoutError as error:
        raise Unreadable(f"the body did not arrive in {patience:g} seconds") from error
    return _passed(b"".join(pieces), passed)


def _passed(body: bytes, passed: Callable[[], bool]) -> bytes:
    if not passed():
        raise Unsigned("the signature is wrong; give the webhook the secret of the rig")
    return body
