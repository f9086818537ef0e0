"""One boot or end of a cluster at a time, on one machine: a second one is told who holds it and since when."""

import datetime
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import Busy


@contextmanager
def held(path: Path, doing: str) -> Iterator[None]:
    """Hold the lock file while the block runs; the kernel gives it back if this process dies.

    Raises Busy, naming the holder's pid and since when, where it is taken.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(_holder(path)) from None
        file.truncate(0)
        since = datetime.datetime.now(tz=datetime.UTC).isoformat(timespec="seconds")
        file.write(json.dumps({"pid": os.getpid(), "since": since, "doing": doing}))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return f"the test cluster is held by somebody who just took it ({path}): try again"
    return (
        f"the test cluster is held by process {holder['pid']} ({holder['doing']}) since {holder['since']}: "
        "wait for it, or end it"
    )
