"""One file as a lock that dies with its holder. Apart from what is locked with it, so that a program which takes one starts fast."""

import fcntl
import os
from pathlib import Path


def lock_file(path: Path) -> int | None:
    """Lock a file that this makes where it is missing: a descriptor that gives the lock back when it is closed, None while another has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
