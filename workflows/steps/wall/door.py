"""The one door to what somebody else can write: by directory handles, without following a link at any component.

A path of an agent's may be a link, a pipe or a device, and may change its kind between two looks. So nothing is opened by a whole
path: each component is opened from the handle of the one before, and only regular files, of a bounded size, are read.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

_NOFOLLOW = os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | _NOFOLLOW
# NONBLOCK: a named pipe that nobody writes to must not hold whoever opens it.
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | _NOFOLLOW


class Unfit(OSError):
    """What lies there is no regular file within the limit, or no folder."""


class Item(NamedTuple):
    """One entry of a folder: its name, and what `lstat` says of it."""

    name: str
    stat: os.stat_result

    @property
    def is_folder(self) -> bool:
        """A true folder; a link to one is none."""
        return stat.S_ISDIR(self.stat.st_mode)

    @property
    def is_file(self) -> bool:
        """A regular file."""
        return stat.S_ISREG(self.stat.st_mode)

    @property
    def is_link(self) -> bool:
        """A symbolic link."""
        return stat.S_ISLNK(self.stat.st_mode)


class Folder:
    """A folder by its handle. Names may be paths like `a/b`: each part is opened on its own."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    @classmethod
    def at(cls, path: Path) -> Self:
        """The folder at a path whose parents are ours. Raises OSError where it is none."""
        return cls(os.open(path, _FOLDER))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.handle)

    def folder(self, name: str) -> Self:
        """A folder in it. Raises OSError where there is none, also where a link stands in its place."""
        parent, last, walked = self._walk(name)
        try:
            return type(self)(os.open(last, _FOLDER, dir_fd=parent))
        finally:
            walked.close()

    def items(self, limit: int) -> list[Item]:
        """Its entries by name, at most so many."""
        found: list[Item] = []
        with os.scandir(self.handle) as entries:
            for entry in entries:
                if len(found) == limit:
                    break
                with contextlib.suppress(FileNotFoundError):
                    found.append(Item(entry.name, entry.stat(follow_symlinks=False)))
        return sorted(found)

    def stat(self, name: str) -> os.stat_result:
        """What `lstat` says. Raises OSError."""
        parent, last, walked = self._walk(name)
        try:
            return os.stat(last, dir_fd=parent, follow_symlinks=False)
        finally:
            walked.close()

    def has(self, name: str) -> bool:
        """Whether anything of the name lies there."""
        try:
            self.stat(name)
        except OSError:
            return False
        return True

    @contextlib.contextmanager
    def opened(self, name: str) -> Iterator[tuple[BinaryIO, os.stat_result]]:
        """A regular file to read, and what `fstat` says of it. Raises Unfit for anything else."""
        parent, last, walked = self._walk(name)
        try:
            descriptor = os.open(last, _FILE, dir_fd=parent)
        finally:
            walked.close()
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            # Before it becomes a stream: Python makes none of a folder, and would leave it open.
            os.close(descriptor)
            raise Unfit(f"{name} is no regular file")
        with os.fdopen(descriptor, "rb") as stream:
            yield stream, found

    def read(self, name: str, limit: int) -> bytes:
        """A small file, whole. Raises Unfit for one that is larger, or is no file."""
        with self.opened(name) as (stream, _):
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise Unfit(f"{name} is larger than {limit} bytes")
        return data

    def tail(self, name: str, size: int) -> bytes:
        """The end of a file."""
        with self.opened(name) as (stream, found):
            stream.seek(max(found.st_size - size, 0))
            return stream.read(size)

    def link(self, name: str) -> str:
        """Where a symbolic link points. Raises OSError."""
        parent, last, walked = self._walk(name)
        try:
            return os.readlink(last, dir_fd=parent)
        finally:
            walked.close()

    def write(self, name: str, data: bytes) -> None:
        """Replace a file in one instant; whatever lay there is replaced and not followed. Raises OSError."""
        parent, last, walked = self._walk(name)
        fresh = f".{last}.{os.getpid()}"
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(fresh, dir_fd=parent)
            descriptor = os.open(
                fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW, 0o644, dir_fd=parent
            )
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
            os.rename(fresh, last, src_dir_fd=parent, dst_dir_fd=parent)
        finally:
            walked.close()

    def append(self, name: str, data: bytes) -> None:
        """Add to a regular file, which is made where there is none. Raises OSError."""
        parent, last, walked = self._walk(name)
        try:
            descriptor = os.open(
                last, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | _NOFOLLOW, 0o644, dir_fd=parent
            )
        finally:
            walked.close()
        with os.fdopen(descriptor, "ab", buffering=0) as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Unfit(f"{name} is no regular file")
            stream.write(data)

    def remove(self, name: str) -> None:
        """Remove a file or a link; absent is fine."""
        parent, last, walked = self._walk(name)
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(last, dir_fd=parent)
        finally:
            walked.close()

    def _walk(self, name: str) -> tuple[int, str, contextlib.ExitStack]:
        """The handle of the folder that holds the last part, and that part."""
        parts = name.split("/")
        if any(part in ("", ".", "..") for part in parts):
            raise Unfit(f"{name!r} is no name in a folder")
        opened = contextlib.ExitStack()
        handle = self.handle
        try:
            for part in parts[:-1]:
                handle = os.open(part, _FOLDER, dir_fd=handle)
                opened.callback(os.close, handle)
        except BaseException:
            opened.close()
            raise
        return handle, parts[-1], opened
