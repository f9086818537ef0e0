"""The background process that runs a convoy: started once, found again by its lock. The town's watch, which has many, is another one."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from workflows.errors import Unavailable
from workflows.local.home import Home
from workflows.local.processes.lockfile import lock_file

GLANCE = 0.2
"""Seconds in which a look at the lock is long over."""

_LOOK = 0.05

WATCH = ""
"""In place of a convoy's name: the town's watch."""


def alive(home: Home, convoy: str) -> bool:
    """Whether a runner of the convoy is at work, or the town's watch looks for it."""
    descriptor = lock_file(_lock(home, convoy))
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def gone(home: Home, convoy: str, *, within: float) -> bool:
    """Whether no runner of the convoy is at work, at the latest after so many seconds: one whose convoy has ended is about to leave."""
    end = time.monotonic() + within
    while alive(home, convoy):
        if time.monotonic() > end:
            return False
        time.sleep(_LOOK)
    return True


def start(
    home: Home, convoy: str, *, lock: int | None = None, environ: Mapping[str, str] = os.environ
) -> None:
    """Start a runner in the background, unless one is at work, or with the lock that the caller has. Raises Unavailable when it does not come up."""
    log = home.logs(convoy) / "runner.log" if convoy else home.root / "watch.log"
    kept = () if lock is None else (lock,)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "workflows.local", *filter(None, (convoy, *map(str, kept)))],
            check=False,
            cwd=home.root,
            env={**environ, "GASTOWN_HOME": str(home.root)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=kept,
            start_new_session=True,
        )
    if done.returncode:
        what = f"convoy {convoy}: its runner" if convoy else "the town's watch"
        raise Unavailable(f"{what} did not start; see {log}")


def become(home: Home, convoy: str) -> int | None:
    """Turn this process into the convoy's runner, in the background; its lock, or None when another one is at work.

    The lock is taken before the fork and inherited, so when the process that was started has ended there is a runner, and
    whoever started it has no child to wait for.
    """
    lock = hold(home, convoy)
    if lock is not None:
        os.truncate(lock, 0)  # a watch that was killed had it
        detach()
    return lock


def inherit(lock: int) -> int:
    """Turn this process into the runner of the convoy whose lock it was started with."""
    os.set_inheritable(lock, False)  # noqa: FBT003 - its only form
    os.truncate(lock, 0)
    detach()
    return lock


def lay_down(lock: int) -> None:
    """Note that a convoy has no process of its own while its lock is held."""
    os.pwrite(lock, b"at rest\n", 0)


def rests(home: Home, convoy: str) -> bool:
    """Whether it is the town's watch that looks for a convoy which is alive."""
    try:
        return bool(_lock(home, convoy).stat().st_size)
    except FileNotFoundError:
        return False


def detach() -> None:
    """Go on in the background: whoever started this process sees it end."""
    if os.fork():
        os._exit(0)


def hold(home: Home, convoy: str) -> int | None:
    """Take the runner's lock: a descriptor that gives it back when it is closed, None when another one is at work."""
    deadline = time.monotonic() + GLANCE
    while (lock := lock_file(_lock(home, convoy))) is None:
        # Somebody who only asks whether a runner is alive holds the lock too, for an instant.
        if time.monotonic() > deadline:
            return None
        time.sleep(0.01)
    return lock


def _lock(home: Home, convoy: str) -> Path:
    return home.locks / (f"runner.{convoy}" if convoy else "watch")
