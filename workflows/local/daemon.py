"""The background process that runs a convoy: started once, found again by its lock."""

import fcntl
import os
import subprocess
import sys
import time

from workflows.errors import Unavailable
from workflows.local.home import Home

START_TIMEOUT = 30.0
"""Seconds that a runner may take to take its lock."""


def hold(home: Home, convoy: str) -> bool:
    """Make this process the convoy's runner until it ends; False when another one is."""
    return _lock(home, convoy) is not None


def alive(home: Home, convoy: str) -> bool:
    """Whether a runner of the convoy is at work."""
    descriptor = _lock(home, convoy)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def start(home: Home, convoy: str) -> None:
    """Start a runner in the background, unless one is at work. Raises Unavailable when it does not come up."""
    if alive(home, convoy):
        return
    log = home.logs(convoy) / "runner.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "workflows.local", convoy],
            cwd=home.root,
            env=os.environ | {"GASTOWN_HOME": str(home.root)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if alive(home, convoy) or process.poll() == 0:
            return
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise Unavailable(f"convoy {convoy}: its runner did not start; see {log}")


def _lock(home: Home, convoy: str) -> int | None:
    home.locks.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home.locks / f"runner.{convoy}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
