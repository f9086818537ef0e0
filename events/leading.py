"""Leadership on one machine: a lock file, which its holder's death gives back."""

from pathlib import Path

from workflows.local.processes.locks import lock_file


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
