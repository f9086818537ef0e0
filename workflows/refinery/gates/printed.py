"""What a gate prints, read while it runs: whole, or its beginning and its end where it is long. A gate may print without an end, and none
of that is to fill a disk.
"""

import contextlib
import os
import selectors
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import BinaryIO, Self

from workflows.clean import printable

END = 4 << 20
"""Bytes that are kept of the beginning, and as many of the end."""

_CHUNK = 1 << 16
_LEFT = 1 << 20
"""Bytes that are read once a gate has ended: the most that a pipe holds. What lives on, and holds the pipe open, is not waited for."""


class Printed:
    """One gate's. It writes to `writer`, which is to be closed here once it has started."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        self._over, self._end = os.pipe()
        self._beginning, self._rest = bytearray(), bytearray()
        self._size = 0
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    @property
    def writer(self) -> int:
        """The gate's end of the pipe."""
        return self._writer

    @property
    def left_out(self) -> int:
        """Bytes of which nothing is kept."""
        return max(self._size - 2 * END, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.started()
        self.ended()
        os.close(self._reader)
        os.close(self._over)

    def started(self) -> None:
        """Leave the gate the only one that writes."""
        self._writer = _closed(self._writer)

    def ended(self) -> None:
        """Read what is left; the gate has ended."""
        self._end = _closed(self._end)
        self._thread.join()

    def tell(self, streams: Iterable[BinaryIO]) -> None:
        """Write to each stream what is kept, with a line that says how much is left out, and no escape that a terminal obeys. Only once
        the gate has ended.
        """
        cut = f"\n--- {self.left_out} bytes are left out here\n".encode() if self.left_out else b""
        text = _fit(self._beginning + cut + self._rest[-END:])
        for stream in streams:
            stream.write(text)
            stream.flush()

    def tail(self, most: int) -> str:
        """So many bytes of its end as text."""
        end = self._beginning[-most:] + self._rest[-most:]
        return end[-most:].decode("utf-8", "replace").strip()

    def _follow(self) -> None:
        left = _LEFT
        with selectors.DefaultSelector() as watch:
            watch.register(self._reader, selectors.EVENT_READ)
            watch.register(self._over, selectors.EVENT_READ)
            while left > 0:
                ready = {key.fd for key, _ in watch.select()}
                if self._reader not in ready:
                    return
                data = os.read(self._reader, _CHUNK)
                if not data:
                    return
                self._keep(data)
                left -= len(data) if self._over in ready else 0

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        fits = END - len(self._beginning)
        self._beginning += data[:fits]
        self._rest += data[fits:]
        if len(self._rest) > 2 * END:
            del self._rest[:-END]


def _fit(raw: bytearray) -> bytes:
    return printable(raw.decode("utf-8", "replace")).encode("utf-8", "replace")


def _closed(descriptor: int) -> int:
    if descriptor >= 0:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    return -1
