"""Argo's semaphores as file locks, so that they hold over all runners of the machine and die with their holder.

Correctness never rests on them: every push is a compare-and-swap.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from crds import Manifest
from workflows.errors import ConvoyRefused
from workflows.local.processes.lockfile import lock_file

Limits = Callable[[str, str], int | None]
"""Gives the number under a key of a ConfigMap, None where there is none."""


class FileLocks:
    """Locks held by this process, for the pods it runs."""

    def __init__(self, directory: Path, limits: Limits) -> None:
        self._directory = directory
        self._limits = limits
        self._held: dict[str, list[int]] = {}

    def acquire(self, holder: str, synchronization: Manifest) -> str | None:
        """Take every lock that is asked for and return None, or take none and return what is waited for."""
        if holder in self._held:
            return None
        taken: list[int] = []
        for name, files in self._wanted(synchronization):
            descriptor = next(filter(None, map(lock_file, files)), None)
            if descriptor is None:
                for each in taken:
                    os.close(each)
                return name
            taken.append(descriptor)
        self._held[holder] = taken
        return None

    def release(self, holder: str) -> None:
        """Give back what the holder has; nothing happens when it has nothing."""
        for descriptor in self._held.pop(holder, ()):
            os.close(descriptor)

    def _wanted(self, synchronization: Manifest) -> Iterator[tuple[str, Iterator[Path]]]:
        """Each lock's name with the files of which one must be had."""
        for semaphore in synchronization.get("semaphores", ()):
            source = semaphore["configMapKeyRef"]
            name, key = source["name"], source["key"]
            limit = self._limits(name, key)
            if limit is None:
                raise ConvoyRefused(f"semaphore {name}: the ConfigMap has no number under {key}")
            yield f"semaphore {name}/{key}", (self._file(f"{name}.{key}", slot) for slot in range(limit))

    def _file(self, name: str, slot: int) -> Path:
        return self._directory / f"{quote(name, safe='')}.{slot}"
