"""Takes objects out of object stores and packs them for `main`: by names and bytes, without git, each checked against its name."""

import contextlib
import errno
import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from workflows.steps.speech import say
from workflows.steps.wall.door import Folder, Unfit
from workflows.steps.wall.sighting import pack_name

LARGEST = 2 << 30
"""Bytes of one object, or one pack, that are taken."""

ALL = 16 << 30
"""Bytes of all of them."""

MANY = 200_000
_CHUNK = 1 << 18
_KINDS = {b"commit": 1, b"tree": 2, b"blob": 3, b"tag": 4}
_FAN = re.compile(r"[0-9a-f]{2}")
_REST = re.compile(r"[0-9a-f]{38}(?:[0-9a-f]{24})?")
_PACK = re.compile(r"pack-[0-9a-f]+\.pack")
_DRAFT = "draft.pack"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Stock:
    """What was handed over so far, of at most `room` bytes: `seen` holds the names of loose objects, `packs` how many packs there are in the folder."""

    def __init__(
        self, place: Path, known_packs: Iterable[str], beat: Callable[[], None], room: int = ALL
    ) -> None:
        self.seen: set[str] = set()
        self.packs = _last(place)
        self._place = place
        self._known = set(known_packs)
        self._beat = beat
        self._room = room

    def take(self, store: Folder) -> None:
        """Hand over what is new in an object store. Raises OSError when our own disk is full."""
        self.take_loose(store)
        self.take_packs(store)

    def take_loose(self, store: Folder) -> None:
        """What lies there object by object."""
        draft = self._place / _DRAFT
        with draft.open("w+b") as stream:
            stream.write(bytes(12))
            fresh = list(self._loose(store, stream))
            if fresh:
                _close(stream, len(fresh))
        if fresh:
            self._publish(draft)
        self.seen.update(fresh)

    def _publish(self, draft: Path) -> None:
        self._room -= draft.stat().st_size
        draft.replace(self._place / pack_name(self.packs + 1))
        self.packs += 1

    def _loose(self, store: Folder, stream: BinaryIO) -> Iterator[str]:
        for fan in store.items(MANY):
            if not _FAN.fullmatch(fan.name):
                continue
            with contextlib.suppress(OSError), store.folder(fan.name) as folder:
                for item in folder.items(MANY):
                    name = fan.name + item.name
                    if (
                        _REST.fullmatch(item.name)
                        and name not in self.seen
                        and stream.tell() < self._room
                        and _packed(folder, item.name, name, stream)
                    ):
                        self._beat()
                        yield name

    def take_packs(self, store: Folder) -> None:
        """What lies there in packs."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), store.folder("pack") as folder:
            names = {item.name: item.stat.st_size for item in folder.items(MANY)}
            for name, size in names.items():
                whole = _PACK.fullmatch(name) and f"{name.removesuffix('.pack')}.idx" in names
                if not whole or name in self._known:
                    continue
                self._known.add(name)
                if size > min(LARGEST, self._room):
                    say(f"the agent's pack {name} of {size} bytes is too large: left where it is")
                else:
                    self._copy(folder, name)

    def _copy(self, folder: Folder, name: str) -> None:
        draft = self._place / _DRAFT
        try:
            with folder.opened(name) as (source, _), draft.open("wb") as target:
                left = LARGEST
                while left and (data := source.read(min(_CHUNK, left))):
                    target.write(data)
                    left -= len(data)
                    self._beat()
        except (Unfit, FileNotFoundError):
            return
        self._publish(draft)


def _last(place: Path) -> int:
    """The number of the last pack: numbers go on where an earlier run of this pod left off."""
    return max((int(path.stem) for path in place.glob("[0-9]*.pack")), default=0)


def _packed(folder: Folder, item: str, name: str, stream: BinaryIO) -> bool:
    """Append one loose object to a pack. False, and nothing appended, for what is not what its name says."""
    began = stream.tell()
    try:
        with folder.opened(item) as (source, _):
            _append(source, name, stream)
    except (ValueError, zlib.error, OSError) as error:
        if getattr(error, "errno", None) in _FULL:
            raise
        stream.seek(began)
        stream.truncate()
        return False
    return True


def _append(source: BinaryIO, name: str, stream: BinaryIO) -> None:
    """Raises ValueError for an object that is none, or not of its name."""
    pieces = _inflated(source)
    first = next(pieces, b"")
    head, nul, rest = first.partition(b"\0")
    kind, _, told = head.partition(b" ")
    if not nul or kind not in _KINDS or not told.isdigit() or int(told) > LARGEST:
        raise ValueError("no object")
    size, seen = int(told), len(rest)
    digest = hashlib.new("sha1" if len(name) == 40 else "sha256", head + b"\0" + rest, usedforsecurity=False)
    packer = zlib.compressobj(1)
    stream.write(_header(_KINDS[kind], size) + packer.compress(rest))
    for piece in pieces:
        seen += len(piece)
        if seen > size:
            break
        digest.update(piece)
        stream.write(packer.compress(piece))
    if seen != size or digest.hexdigest() != name:
        raise ValueError("not what its name says")
    stream.write(packer.flush())


def _inflated(source: BinaryIO) -> Iterator[bytes]:
    """An object's bytes in pieces of a bounded size, however well it is compressed."""
    unpacker = zlib.decompressobj()
    data = source.read(_CHUNK)
    while data and not unpacker.eof:
        yield unpacker.decompress(data, _CHUNK)
        data = unpacker.unconsumed_tail or source.read(_CHUNK)


def _header(kind: int, size: int) -> bytes:
    """Type and size of an object, in the form of a pack."""
    byte, size = kind << 4 | size & 15, size >> 4
    told = bytearray()
    while size:
        told.append(byte | 128)
        byte, size = size & 127, size >> 7
    told.append(byte)
    return bytes(told)


def _close(stream: BinaryIO, count: int) -> None:
    """Head and checksum of a pack whose objects are written."""
    stream.seek(0)
    stream.write(struct.pack(">4sLL", b"PACK", 2, count))
    stream.seek(0)
    digest = hashlib.sha1(usedforsecurity=False)
    while data := stream.read(_CHUNK):
        digest.update(data)
    stream.write(digest.digest())
