"""A bead file as ConfigMaps that never change: packed by the pod that reads it, unpacked by whoever serves the beads.

Their names are functions of what they hold. So the same file is written once, a run that was killed goes on where it was, and
whoever follows the name of a head sees either all of a file or nothing.
"""

import base64
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from workflows import labels
from workflows.beadstore.orders import StoreOrders
from workflows.errors import Unavailable

Manifest = dict[str, Any]

PART = 700_000
"""Packed bytes in one ConfigMap: base64 makes them a third more, and Kubernetes refuses more than 1 MiB."""

PARTS = 24
"""Most ConfigMaps for one file: 16 MB packed, some 100 MB of beads."""

SIZE = 24_000_000
"""Most bytes of a bead file, as it is packed and whatever a ConfigMap claims to hold: parsed, with characters of four bytes, it
takes ten times that of an adapter of 512 MiB."""

_FORM = "1"
_KEY = "beads.gz"
_GZIP = 31
"""zlib's word for a gzip stream, whose header carries no time here: the same file packs to the same bytes."""


class File(NamedTuple):
    """A bead file as it stands in a commit. `blob` is git's name of its contents."""

    commit: str
    blob: str
    content: bytes


def head_name(orders: StoreOrders, blob: str) -> str:
    """The ConfigMap to begin with, of one bead store and one state of its file."""
    return f"{orders.name}-{_digest(orders, blob)}"


def head(orders: StoreOrders, blob: str) -> Manifest:
    """The head without its contents: to ask whether it is there."""
    return _config_map(head_name(orders, blob), orders, blob)


def pack(file: File, orders: StoreOrders) -> Iterator[Manifest]:
    """The ConfigMaps of a file, the head last. Raises ValueError for one that is too large."""
    if len(file.content) > SIZE:
        raise ValueError(f"{len(file.content)} bytes, more than {SIZE}")
    packed = zlib.compress(file.content, 6, wbits=_GZIP)
    pieces = [packed[start : start + PART] for start in range(0, len(packed), PART)]
    if len(pieces) > PARTS:
        raise ValueError(f"{len(file.content)} bytes pack to {len(packed)}, more than {PART * PARTS}")
    name = head_name(orders, file.blob)
    others = [f"{name}-{number}" for number in range(1, len(pieces))]
    for other, piece in zip(others, pieces[1:], strict=True):
        yield _config_map(other, orders, file.blob) | _binary(piece)
    facts = {
        "form": _FORM,
        "parts": " ".join(others),
        "sha256": hashlib.sha256(file.content).hexdigest(),
        "source": orders.path,
    }
    yield _config_map(name, orders, file.blob) | _binary(pieces[0]) | {"data": facts}


def parts(head: Mapping[str, Any]) -> tuple[str, ...]:
    """The ConfigMaps that follow a head, in order. Raises Unavailable for what is no head."""
    return tuple(_facts(head)["parts"].split())


def source(head: Mapping[str, Any]) -> str:
    """The path of the file that a head hands over."""
    return _facts(head)["source"]


def unpack(head: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The file's bytes. `others` are the parts by name. Raises Unavailable where they are not what was packed."""
    facts = _facts(head)
    name = head["metadata"]["name"]
    try:
        pieces = [head, *(others[part] for part in parts(head))]
        packed = b"".join(base64.b64decode(each["binaryData"][_KEY]) for each in pieces)
        stream = zlib.decompressobj(wbits=_GZIP)
        content = stream.decompress(packed, SIZE)
    except (KeyError, ValueError, TypeError, zlib.error) as error:
        raise Unavailable(f"ConfigMap {name}: it holds no beads ({error}); {_REMEDY}") from error
    if not stream.eof:
        raise Unavailable(f"ConfigMap {name}: it unpacks to more than {SIZE} bytes; {_REMEDY}")
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise Unavailable(f"ConfigMap {name}: its beads are not those that were written; {_REMEDY}")
    return content


_REMEDY = "delete it, and the next read writes it again"


def _facts(head: Mapping[str, Any]) -> Mapping[str, str]:
    facts: Mapping[str, str] = head.get("data") or {}
    if facts.get("form") != _FORM or not facts.keys() >= {"parts", "sha256", "source"}:
        name = head["metadata"]["name"]
        raise Unavailable(f"ConfigMap {name}: not written by this version of gastown; {_REMEDY}")
    return facts


def _digest(orders: StoreOrders, blob: str) -> str:
    return hashlib.sha256(f"{_FORM} {orders.uid} {orders.path} {blob}".encode()).hexdigest()[:16]


def _config_map(name: str, orders: StoreOrders, blob: str) -> Manifest:
    own = {**orders.metadata, "name": name}
    own["labels"] = {**orders.metadata["labels"], labels.BEAD_FILE: _digest(orders, blob)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": own, "immutable": True}


def _binary(piece: bytes) -> Manifest:
    return {"binaryData": {_KEY: base64.b64encode(piece).decode("ascii")}}
