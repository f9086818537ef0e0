"""What a gate started, to the last process: a session of its own, or a parent that has ended, hides none from us.

Linux hands orphans to the next living ancestor that asked for them, so all that a gate leaves behind becomes ours, and is ended
before another gate starts and before a finding is written.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from workflows.steps.errors import GateBroken, GateSpoilt

PATIENCE = 10.0
"""Seconds that processes which start others faster than they are ended are fought for."""

_SET_DUMPABLE, _SET_CHILD_SUBREAPER = 4, 36
_PROC = Path("/proc")


def adopt() -> None:
    """Become the parent of whatever loses its own, and closed to the eyes of processes with our user id."""
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415 - 10 ms that only a step with gates should pay

    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((_SET_CHILD_SUBREAPER, 1), (_SET_DUMPABLE, 0)):
        if libc.prctl(option, value, 0, 0, 0):
            raise GateBroken(
                f"the kernel refuses prctl({option}): {os.strerror(ctypes.get_errno())}; gates can't run apart"
            )


def end_all() -> None:
    """Kill every process below this one. Raises GateSpoilt where they do not end: what runs on could judge the next."""
    deadline, pause = time.monotonic() + PATIENCE, 0.001
    while _reap():
        living = list(_living())
        if time.monotonic() > deadline:
            raise GateSpoilt(
                f"{len(living)} processes that a gate started can't be ended: run the step again"
            )
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in living:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process, number)
        _reap()
        time.sleep(pause)
        pause = min(pause * 2, 0.05)


def _living() -> Iterator[int]:
    """Descendants that still run; those that only wait to be reaped are none."""
    parents: dict[int, int] = {}
    for folder in _PROC.glob("[0-9]*") if _PROC.is_dir() else ():
        with contextlib.suppress(OSError, ValueError, IndexError):
            state, parent = (folder / "stat").read_text("ascii", "replace").rpartition(")")[2].split()[:2]
            if state not in "ZX":
                parents[int(folder.name)] = int(parent)
    own = os.getpid()
    below = {own}
    # A child may have a lower number than its parent, so until nothing is found any more.
    while more := {each for each, parent in parents.items() if parent in below} - below:
        below |= more
    return iter(below - {own})


def _reap() -> bool:
    """Take note of those that ended; False once nothing is below us, which the kernel knows without a look at every process."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False
