"""Runs a program to its end, and holds no more of what it prints than it may: how much it prints others decide, who push to a repository
or answer for one.
"""

import os
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

MOST = 64 << 20
"""Bytes of output that are held: a line for each file of a repository of half a million."""

WORDS = 64 << 10
"""Bytes that are held of the end of its errors."""

LATE, FLOODED = 124, 125
"""Exit codes of a program that was ended: for the time that it took, as `timeout` has it, and for what it printed."""

_CHUNK = 1 << 16


class Ended(NamedTuple):
    """How a program ended, and what it printed; nothing where it was ended."""

    code: int
    out: bytes
    err: bytes


def ended(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    limit: float,
    directory: Path | None = None,
    given: bytes | BinaryIO = b"",
    target: BinaryIO | None = None,
) -> Ended:
    """Run a program for so many seconds at most. `target` is a file that takes its output, however much. Raises OSError."""
    source: int | BinaryIO = subprocess.PIPE if given else subprocess.DEVNULL
    fed = b""
    if isinstance(given, bytes):
        fed = given
    else:
        source = given
    with subprocess.Popen(
        command,
        stdin=source,
        stdout=target or subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=directory,
    ) as process:
        try:
            found = _heard(process, fed, time.monotonic() + limit)
        except BaseException:
            process.kill()
            raise
        if found.code == LATE:
            return found._replace(err=f"fatal: timed out: no answer in {limit:g} s".encode())
        return found


def _heard(process: "subprocess.Popen[bytes]", fed: bytes, end: float) -> Ended:
    out, err = bytearray(), bytearray()
    with selectors.DefaultSelector() as watch:
        _listen(watch, process.stdout, out)
        _listen(watch, process.stderr, err)
        if process.stdin:
            os.set_blocking(process.stdin.fileno(), False)
            watch.register(process.stdin, selectors.EVENT_WRITE, (process.stdin, _Fed(fed)))
        while watch.get_map():
            ready = watch.select(max(end - time.monotonic(), 0.0))
            if not ready or time.monotonic() > end:
                return _killed(process, LATE)
            for key, _ in ready:
                stream, more = key.data
                if not more(key.fd):
                    watch.unregister(stream)
                    stream.close()
            if len(out) > MOST:
                words = f"fatal: it printed more than {MOST >> 20} MiB, which nobody reads"
                return _killed(process, FLOODED, words.encode())
            del err[: -2 * WORDS]
    try:
        code = process.wait(max(end - time.monotonic(), 0.0))
    except subprocess.TimeoutExpired:
        return _killed(process, LATE)
    return Ended(code, bytes(out), bytes(err[-WORDS:]))


class _Fed:
    """What is written to a program, as fast as it reads; true while there is more."""

    def __init__(self, data: bytes) -> None:
        self._left = memoryview(data)

    def __call__(self, descriptor: int) -> bool:
        try:
            self._left = self._left[os.write(descriptor, self._left[:_CHUNK]) :]
        except BrokenPipeError:
            return False
        return bool(self._left)


def _listen(watch: selectors.BaseSelector, stream: IO[bytes] | None, kept: bytearray) -> None:
    def more(descriptor: int) -> bool:
        data = os.read(descriptor, _CHUNK)
        kept.extend(data)
        return bool(data)

    if stream:
        watch.register(stream, selectors.EVENT_READ, (stream, more))


def _killed(process: "subprocess.Popen[bytes]", code: int, words: bytes = b"") -> Ended:
    process.kill()
    return Ended(code, b"", words)
