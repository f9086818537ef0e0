"""Processes that outlived the runner that started them."""

import contextlib
import os
from collections.abc import Callable

import psutil

from workflows.local.pods import MARK


def end_orphans(mark: str, *, grace: float) -> int:
    """End every process that carries the mark, politely and then for good; returns how many there were.

    They are found by their environment, not by noted process ids: a runner can be killed between starting a process and noting it.
    """
    orphans = [process for process in psutil.process_iter() if _carries(process, mark)]
    for process in orphans:
        _quietly(process.terminate)
    _, living = psutil.wait_procs(orphans, timeout=grace)
    for process in living:
        _quietly(process.kill)
    psutil.wait_procs(living, timeout=grace)
    return len(orphans)


def _carries(process: psutil.Process, mark: str) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get(MARK) == mark
    except (psutil.Error, OSError):
        return False


def _quietly(action: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.Error):
        action()
