"""Downloaded files, kept by their checksums: a second build needs no network."""

import hashlib
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

from platformdirs import user_cache_path

from images.errors import Unreachable


def folder() -> Path:
    """The user's cache, or `GASTOWN_CACHE_DIR`."""
    chosen = os.environ.get("GASTOWN_CACHE_DIR")
    return (Path(chosen).resolve() if chosen else user_cache_path("gastown-argo")) / "downloads"


def pinned(digest: str, addresses: Callable[[], Iterable[str]]) -> Path:
    """The file with this SHA-256, from the first address that serves it. Raises Unreachable where none does; asks nobody for what is here."""
    path = folder() / digest
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        content = _serving(digest, addresses())
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
            part.write(content)
        Path(part.name).rename(path)
    return path


def read(address: str) -> bytes | None:
    """What an address serves; None where it has no such file. Raises Unreachable."""
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - mirrors that apt is told of
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise Unreachable(f"{address}: {error}") from None
    except OSError as error:
        raise Unreachable(f"{address}: {error}") from None


def _serving(digest: str, addresses: Iterable[str]) -> bytes:
    tried = list(addresses)
    for address in tried:
        content = read(address)
        if content is not None and hashlib.sha256(content).hexdigest() == digest:
            return content
    raise Unreachable(
        f"nobody serves the file with SHA-256 {digest}: tried {', '.join(tried)}; "
        "a mirror drops what was replaced: run `make lock-images`, or name a snapshot in GASTOWN_DEBIAN_MIRRORS"
    )
