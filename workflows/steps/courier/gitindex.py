"""Reads an index file as git writes it: what the agent staged, and which files it left in conflict."""

import os
import struct
from typing import NamedTuple

from workflows.steps.wall.door import Folder

LARGEST = 256 << 20
_HEAD = struct.Struct(">4sLL")
_STAT = struct.Struct(">10L")
_EXTENDED, _NAME, _SKIP = 0x4000, 0x0FFF, 0x4000
_GITLINK = 0o160000
_FOLDER = 0o040000


class Staged(NamedTuple):
    """One path at stage 0: its mode, the object, and the file's stat when it was staged."""

    mode: int
    sha: str
    signature: tuple[int, ...]
    skipped: bool = False

    @property
    def is_repository(self) -> bool:
        """A submodule's commit."""
        return self.mode == _GITLINK


class Index(NamedTuple):
    """The paths of an index. `unmerged` holds the stages of each path in conflict."""

    staged: dict[str, Staged]
    unmerged: dict[str, frozenset[int]]


NOTHING = Index({}, {})


def read(directory: Folder) -> Index | None:
    """The index in a git directory of the agent's, or None where it has none that can be read."""
    try:
        return parse(directory.read("index", LARGEST), 20)
    except (OSError, ValueError):
        return None


def signature(told: os.stat_result) -> tuple[int, ...]:
    """A file's stat in the form in which an index keeps it. A change of its content changes ctime, which nobody can set."""
    whole, rest = 0xFFFFFFFF, 1_000_000_000
    return (
        told.st_ctime_ns // rest & whole,
        told.st_ctime_ns % rest,
        told.st_mtime_ns // rest & whole,
        told.st_mtime_ns % rest,
        told.st_ino & whole,
        told.st_size & whole,
    )


def parse(data: bytes, width: int) -> Index:
    """The index in a file's bytes; `width` is 20 or 32, the size of an object's name. Raises ValueError for none that we know."""
    try:
        return _parse(data, width)
    except (struct.error, IndexError) as error:
        raise ValueError("the index is cut short") from error


def _parse(data: bytes, width: int) -> Index:
    magic, version, count = _HEAD.unpack_from(data)
    if magic != b"DIRC" or version not in (2, 3, 4):
        raise ValueError("no index of a known form")
    staged: dict[str, Staged] = {}
    unmerged: dict[str, frozenset[int]] = {}
    at, name = _HEAD.size, b""
    for _ in range(count):
        began = at
        ctime, ctime_ns, mtime, mtime_ns, _, ino, mode, _, _, size = _STAT.unpack_from(data, at)
        at += _STAT.size
        sha = data[at : at + width].hex()
        (flags,) = struct.unpack_from(">H", data, at + width)
        at += width + 2
        more = 0
        if flags & _EXTENDED:
            (more,) = struct.unpack_from(">H", data, at)
            at += 2
        name, at = _name(data, at, name, version=version, began=began)
        path, stage = os.fsdecode(name), flags >> 12 & 3
        if mode == _FOLDER:
            raise ValueError("a sparse index")
        if stage:
            unmerged[path] = unmerged.get(path, frozenset()) | {stage}
        else:
            stat = (ctime, ctime_ns, mtime, mtime_ns, ino, size)
            staged[path] = Staged(mode, sha, stat, bool(more & _SKIP))
    return Index(staged, unmerged)


def _name(data: bytes, at: int, before: bytes, *, version: int, began: int) -> tuple[bytes, int]:
    if version == 4:
        strip, at = _offset(data, at)
        end = data.index(b"\0", at)
        return before[: len(before) - strip] + data[at:end], end + 1
    end = data.index(b"\0", at)
    # An entry is padded with one to eight NULs to a multiple of eight.
    return data[at:end], began + ((end - began + 8) & ~7)


def _offset(data: bytes, at: int) -> tuple[int, int]:
    """A number in the form of pack offsets."""
    byte = data[at]
    value = byte & 127
    while byte & 128:
        at += 1
        byte = data[at]
        value = (value + 1 << 7) + (byte & 127)
    return value, at + 1
