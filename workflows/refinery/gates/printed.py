"""What a gate printed, as it is kept: whole, or its beginning and its end where it is long. A gate may print without an end."""

import os
from collections.abc import Iterable
from typing import BinaryIO

END = 4 << 20
"""Bytes that are kept of the beginning, and as many of the end."""

_CHUNK = 1 << 16


def tell(output: BinaryIO, streams: Iterable[BinaryIO]) -> None:
    """Copy to each stream what is kept of it, with a line that says how much is left out."""
    size = output.seek(0, os.SEEK_END)
    left_out = size - 2 * END
    for stream in streams:
        if left_out > 0:
            _copy(output, stream, 0, END)
            stream.write(f"\n--- {left_out} bytes are left out here\n".encode())
            _copy(output, stream, size - END, END)
        else:
            _copy(output, stream, 0, size)
        stream.flush()


def tail(output: BinaryIO, most: int) -> str:
    """So many bytes of its end as text."""
    output.seek(max(output.seek(0, os.SEEK_END) - most, 0))
    return output.read(most).decode("utf-8", "replace").strip()


def _copy(source: BinaryIO, target: BinaryIO, start: int, length: int) -> None:
    source.seek(start)
    while length and (chunk := source.read(min(length, _CHUNK))):
        target.write(chunk)
        length -= len(chunk)
