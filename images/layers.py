"""Packed layers on disk, each under a key of what it is made from, so that only what changed is made anew."""

import functools
import gzip
import hashlib
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from images import cache
from images.oci import Layer
from images.tree import Tree, tar

CODE = Path(__file__).parent
_APART = frozenset(
    (
        "__main__.py",
        "bom.py",
        "cache.py",
        "errors.py",
        "index.py",
        "mirrors.py",
        "oci.py",
        "provenance.py",
        "resolve.py",
    )
)
"""Modules that a layer's bytes don't depend on."""

UNUSED = 7 * 86_400.0
"""Seconds after which a layer that nobody asked for goes."""


def stored(name: str, key: str, make: Callable[[], Tree]) -> Layer:
    """The layer of this name and key, made now where the cache lacks it; those of the name that nobody used for a week go."""
    home = cache.folder() / "layers"
    home.mkdir(parents=True, exist_ok=True)
    label = f"{name}-{hashlib.sha256(f'{_code()} {key}'.encode()).hexdigest()[:16]}"
    note, packed = home / f"{label}.json", home / f"{label}.tar.gz"
    if not note.is_file():
        content = tar(make())
        blob = gzip.compress(content, compresslevel=6, mtime=0)
        told = {"digest": _digest(blob), "size": len(blob), "content": _digest(content)}
        _sweep(home, name)
        _put(packed, blob)
        _put(note, json.dumps(told).encode())
    note.touch()
    return Layer(path=packed, **json.loads(note.read_text(encoding="utf-8")))


def _sweep(home: Path, name: str) -> None:
    """Another checkout may be at work with its own."""
    for note in home.glob(f"{name}-{'?' * 16}.json"):
        if note.stat().st_mtime < time.time() - UNUSED:
            note.unlink(missing_ok=True)
            note.with_suffix(".tar.gz").unlink(missing_ok=True)


@functools.cache
def _code() -> str:
    return made_by()


def made_by() -> str:
    """What makes layers is a part of what they are made from; what describes or downloads them is not: each download is held to its digest."""
    files = sorted(
        path
        for path in (*CODE.glob("*.py"), *CODE.glob("agents/*.py"), *CODE.glob("debian/*.py"))
        if path.name not in _APART
    )
    return _digest(b"".join(path.read_bytes() for path in files))


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _put(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    Path(part.name).rename(path)
