"""Takes objects out of object stores and packs them for `main`: by names and bytes, without git, each checked against its name."""

import contextlib
import errno
import hashlib
import re
import struct
import time
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
A_LOOK = 4.0
"""Seconds of packing after which the rest waits for the next look: what is packed by then is not to wait for what an agent blew up."""

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
        self,
        place: Path,
        known_packs: Iterable[str],
        beat: Callable[[], None],
        room: int = ALL,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seen: set[str] = set()
        self.packs = _last(place)
        self._place = place
        self._known = set(known_packs)
        self._odd: dict[str, int] = {}
        self._beat = beat
        self._room = room
        self._monotonic = monotonic

    def take(self, store: Folder) -> bool:
        """Hand over what is new in an object store; true where some is left for the next look. Raises OSError when our own disk is full."""
        # What git packs at once, as it does large files, is what loose objects name, and no pack is taken that lacks what it names.
        self.take_packs(store)
        return self.take_loose(store)

    def take_loose(self, store: Folder, seconds: float = A_LOOK) -> bool:
        """What lies there object by object; true where some is left after so many seconds."""
        end = self._monotonic() + seconds
        draft = self._place / _DRAFT
        with draft.open("w+b") as stream:
            stream.write(bytes(12))
            fresh = list(self._loose(store, stream, end))
            if fresh:
                _close(stream, len(fresh), self._beat)
        if fresh:
            self._publish(draft)
        self.seen.update(fresh)
        return self._monotonic() > end

    def _publish(self, draft: Path) -> None:
        self._room -= draft.stat().st_size
        draft.replace(self._place / pack_name(self.packs + 1))
        self.packs += 1

    def _loose(self, store: Folder, stream: BinaryIO, end: float) -> Iterator[str]:
        """The small ones first, which are most of any work."""
        for size, name in sorted(self._fresh(store)):
            if self._monotonic() > end or stream.tell() >= self._room:
                return
            try:
                if _packed(store, name, stream, self._beat):
                    yield name
            except (ValueError, zlib.error):
                self._odd[name] = size

    def _fresh(self, store: Folder) -> Iterator[tuple[int, str]]:
        """Size and name of what was not looked at yet. Git makes an object whole or not at all: what was none is none."""
        left = MANY
        for fan in store.items(MANY):
            if not _FAN.fullmatch(fan.name):
                continue
            with contextlib.suppress(OSError), store.folder(fan.name) as folder:
                for item in folder.items(left):
                    name, size = fan.name + item.name, item.stat.st_size
                    if _REST.fullmatch(item.name) and name not in self.seen and self._odd.get(name) != size:
                        left -= 1
                        yield size, name

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


def _packed(store: Folder, name: str, stream: BinaryIO, beat: Callable[[], None]) -> bool:
    """Append one loose object to a pack; where it can't be, nothing is. False for what can't be read just now.

    Raises ValueError and zlib.error for what is not what its name says.
    """
    began, whole = stream.tell(), False
    try:
        with store.opened(f"{name[:2]}/{name[2:]}") as (source, _):
            _append(source, name, stream, beat)
            whole = True
    except OSError as error:
        if error.errno in _FULL:
            raise
    finally:
        if not whole:
            stream.seek(began)
            stream.truncate()
    return whole


def _append(source: BinaryIO, name: str, stream: BinaryIO, beat: Callable[[], None]) -> None:
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
        beat()
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


def _close(stream: BinaryIO, count: int, beat: Callable[[], None]) -> None:
    """Head and checksum of a pack whose objects are written."""
    stream.seek(0)
    stream.write(struct.pack(">4sLL", b"PACK", 2, count))
    stream.seek(0)
    digest = hashlib.sha1(usedforsecurity=False)
    while data := stream.read(_CHUNK):
        beat()
        digest.update(data)
    stream.write(digest.digest())
