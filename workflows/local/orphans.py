"""Processes that outlived the runner that started them."""

import contextlib
import os
import time
from collections.abc import Callable

import psutil

from workflows.local.pods import MARK

LOOK = 0.02
"""Seconds between looks at what is left."""


def end_orphans(mark: str, *, grace: float) -> int:
    """End every process that carries the mark, politely and then for good; returns how many there were.

    They are found by their environment, not by noted process ids: a runner can be killed between starting a process and noting it.
    """
    orphans = living = _marked(mark)
    for process in orphans:
        _quietly(process.terminate)
    deadline = time.monotonic() + grace
    while living and time.monotonic() < deadline:
        time.sleep(LOOK)
        living = _marked(mark)
    deadline += grace
    # Looked for again each time: one that outlives TERM may have started others since.
    while living and time.monotonic() < deadline:
        for process in living:
            _quietly(process.kill)
        time.sleep(LOOK)
        living = _marked(mark)
    return len(orphans)


def _marked(mark: str) -> list[psutil.Process]:
    """A zombie is none of them: its environment is gone, and nobody may be there to reap it."""
    return [process for process in psutil.process_iter() if _carries(process, mark)]


def _carries(process: psutil.Process, mark: str) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get(MARK) == mark
    except (psutil.Error, OSError):
        return False


def _quietly(action: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.Error):
        action()
