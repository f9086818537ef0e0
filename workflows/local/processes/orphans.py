"""Processes that outlived the runner that started them."""

import contextlib
import os
import time
from collections.abc import Callable

import psutil

from workflows.local.processes.starter import MARK

LOOK = 0.02
"""Seconds between looks at what is left."""


def end_orphans(mark: str, *, grace: float) -> int:
    """End every process that carries the mark, politely and then for good; returns how many there were.

    They are found by their environment, not by noted process ids: a runner can be killed between starting a process and noting it.
    """
    told: set[psutil.Process] = set()
    deadline = time.monotonic() + grace
    # Looked for again each time: one that was told to end may have started others since.
    while (living := _marked(mark)) and (left := deadline - time.monotonic()) > -grace:
        for process in living:
            if left <= 0:
                _quietly(process.kill)
            elif process not in told:
                _quietly(process.terminate)
        told.update(living)
        # Only these, as a look at all processes costs; not `psutil.wait_procs`, which would reap a child behind its owner's back.
        patience = left if left > 0 else LOOK
        while any(map(_lives, living)) and patience > 0:
            time.sleep(LOOK)
            patience -= LOOK
    return len(told)


def _marked(mark: str) -> list[psutil.Process]:
    """A zombie is none of them: its environment is gone, and nobody may be there to reap it."""
    return [process for process in psutil.process_iter() if _carries(process, mark)]


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _carries(process: psutil.Process, mark: str) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get(MARK) == mark
    except (psutil.Error, OSError):
        return False


def _quietly(action: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.Error):
        action()
