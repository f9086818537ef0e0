"""Which of several processes leads; on one machine who holds a lock file, which its holder's death gives back."""

from pathlib import Path
from typing import Protocol

from workflows.local.processes.lockfile import lock_file


class Leadership(Protocol):
    """Which of several processes repairs and answers; all of them receive."""

    async def leads(self) -> bool:
        """Whether this one does, now and for the next few seconds."""


class LockFile:
    """Leads who holds the lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    async def leads(self) -> bool:
        """Take the lock unless it is held; what is held stays so until the process ends."""
        if self._descriptor is None:
            self._descriptor = lock_file(self._path)
        return self._descriptor is not None
