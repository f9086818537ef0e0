"""Lock files that a killed push left in a repository on this machine: git never removes them, so nothing could be pushed again."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

from workflows.steps.speech import say

STALE = 5.0
"""Seconds. Git holds the lock of a ref for milliseconds, after its hooks have had their say."""


_SHARED = ("packed-refs", "HEAD", "shallow", "config", "reftable/tables.list")
"""Files that git locks for the change of one ref: HEAD for the branch that it names."""


def remove(repository: str, refs: Iterable[str], now: float) -> None:
    """Remove the locks of these refs that are stale; `now` is in seconds since 1970. A forge looks after its own."""
    place = _directory(repository)
    if place is None:
        return
    shared = (place / f"{name}.lock" for name in _SHARED)
    for lock in (*shared, *(place / f"{ref}.lock" for ref in refs)):
        with contextlib.suppress(OSError):
            # One of a time to come was made before the clock was set back.
            if abs(now - lock.stat().st_mtime) > STALE:
                lock.unlink()
                say(f"{lock} was left by a killed push: removed")


def _directory(repository: str) -> Path | None:
    path = Path(repository.removeprefix("file://"))
    if not path.is_absolute():
        return None
    return next((place for place in (path, path / ".git") if (place / "HEAD").is_file()), None)
