"""Whether the objects that candidates are built from are still those that were fetched.

Gates run as our user, so what they run can write to our files. A file that was changed since is compared by its contents: a pack
by the checksum at its end, anything else as a whole. Git itself touches files that it finds useful, so times alone say nothing.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from workflows.steps.errors import GateSpoilt

_TRAILERS = {".pack", ".idx", ".rev"}
"""Files of git that end with the checksum of all before it."""

_CHUNK = 1 << 20


class _Mark(NamedTuple):
    inode: int
    size: int
    changed: int
    digest: bytes


class Seal:
    """The files of a directory as they are when it is made, and after each `renew`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._marks: dict[str, _Mark] = {}
        self.renew()

    def renew(self) -> None:
        """Take the files as they are now: they were written by ourselves."""
        before, self._marks = self._marks, {}
        for name in self._files():
            stat = os.lstat(name)
            mark = before.get(name)
            if mark is None or mark[:3] != (stat.st_ino, stat.st_size, stat.st_ctime_ns):
                mark = _Mark(stat.st_ino, stat.st_size, stat.st_ctime_ns, _digest(Path(name)))
            self._marks[name] = mark

    def check(self) -> None:
        """Raises GateSpoilt where a file is another one, or is gone, or was added."""
        there = set(self._files())
        for name in there | self._marks.keys():
            mark = self._marks.get(name) if name in there else None
            if mark is None or not _same(mark, name):
                raise GateSpoilt(
                    f"a gate changed the refinery's own copy of the repository ({os.path.relpath(name, self._directory)}): "
                    "run the step again"
                )

    def _files(self) -> Iterator[str]:
        # As strings: a store may hold thousands of files, and is looked through twice around each run of the gates.
        for folder, _, names in os.walk(self._directory):
            yield from (os.path.join(folder, name) for name in names)  # noqa: PTH118 - as above


def _same(mark: _Mark, name: str) -> bool:
    stat = os.lstat(name)
    if mark[:3] == (stat.st_ino, stat.st_size, stat.st_ctime_ns):
        return True
    path = Path(name)
    if path.is_symlink() or mark.size != stat.st_size:
        return False
    if path.suffix in _TRAILERS:
        return _tail(path) == mark.digest == _sum(path, len(mark.digest))
    return _digest(path) == mark.digest


def _digest(path: Path) -> bytes:
    if path.is_symlink():
        return os.fsencode(path.readlink())
    if path.suffix in _TRAILERS:
        return _tail(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _tail(path: Path) -> bytes:
    """The checksum at the end: 20 bytes in a repository of SHA-1, 32 in one of SHA-256."""
    length = 32 if len(path.stem.rpartition("-")[2]) == 64 else 20
    with path.open("rb") as stream:
        stream.seek(max(path.stat().st_size - length, 0))
        return stream.read()


def _sum(path: Path, length: int) -> bytes:
    summed = hashlib.sha1(usedforsecurity=False) if length == 20 else hashlib.sha256()
    left = path.stat().st_size - length
    with path.open("rb") as stream:
        while left > 0 and (chunk := stream.read(min(left, _CHUNK))):
            summed.update(chunk)
            left -= len(chunk)
    return summed.digest()
