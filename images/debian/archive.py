"""Opens a .deb: an `ar` of two tars, of which one says what the package is and one has its files."""

import io
import lzma
import tarfile
from collections.abc import Iterator

from images.errors import Unreadable

_MAGIC = b"!<arch>\n"
_HEADER = 60


def control(deb: bytes) -> str:
    """The package's paragraph, as dpkg would keep it. Raises Unreadable."""
    with _tar(deb, "control.tar") as archive:
        file = archive.extractfile("./control")
        if file is None:
            raise Unreadable("control.tar has no control file")
        return file.read().decode()


def files(deb: bytes) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Each entry of what the package installs, with its content. Raises Unreadable."""
    with _tar(deb, "data.tar") as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.isreg() else None
            yield entry, file.read() if file else b""


def _tar(deb: bytes, name: str) -> tarfile.TarFile:
    found = {path: content for path, content in _members(deb) if path.startswith(name)}
    if list(found) != [f"{name}.xz"]:
        raise Unreadable(f"a .deb with {', '.join(found) or f'no {name}'}: only {name}.xz is read")
    return tarfile.open(fileobj=io.BytesIO(lzma.decompress(found[f"{name}.xz"])))


def _members(deb: bytes) -> Iterator[tuple[str, bytes]]:
    if not deb.startswith(_MAGIC):
        raise Unreadable("not an archive of `ar`")
    at = len(_MAGIC)
    while at < len(deb):
        header = deb[at : at + _HEADER]
        size = int(header[48:58])
        yield header[:16].decode().rstrip(" /"), deb[at + _HEADER : at + _HEADER + size]
        at += _HEADER + size + size % 2
