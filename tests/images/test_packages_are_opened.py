"""A .deb is opened without any tool of Debian's."""

import io
import lzma
import tarfile

import pytest

from images.debian import archive
from images.errors import Unreadable
from images.tree import Tree, take

CONTROL = b"Package: tiny\nVersion: 1\n"


def _tar(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as made:
        for entry, content in entries:
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
    return lzma.compress(raw.getvalue())


def _member(name: str, content: bytes) -> bytes:
    header = f"{name + '/':16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
    return header + content + b"\n" * (len(content) % 2)


def _deb(data: bytes, *, data_name: str = "data.tar.xz") -> bytes:
    control = _tar((tarfile.TarInfo("./control"), CONTROL))
    parts = (("debian-binary", b"2.0\n"), ("control.tar.xz", control), (data_name, data))
    return b"!<arch>\n" + b"".join(_member(*each) for each in parts)


def _entry(
    name: str, *, kind: bytes = tarfile.REGTYPE, mode: int = 0o644, target: str = ""
) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.linkname = kind, mode, target
    return entry


def test_files_and_links_are_there() -> None:
    """A hard link is a link, and no program changes its user."""
    data = _tar(
        (_entry("./usr/bin/", kind=tarfile.DIRTYPE, mode=0o755), b""),
        (_entry("./usr/bin/su", mode=0o4755), b"x"),
        (_entry("./usr/bin/again", kind=tarfile.LNKTYPE, target="./usr/bin/su"), b""),
    )
    tree: Tree = {}
    for entry, content in archive.files(_deb(data)):
        take(tree, entry, content)
    assert {"usr/bin": 0o755, "usr/bin/su": 0o755, "usr/bin/again": 0o777} == {
        str(path): file.mode for path, file in tree.items()
    }
    assert ["/usr/bin/su"] == [file.target for file in tree.values() if file.target]
    assert CONTROL.decode() == archive.control(_deb(data))


@pytest.mark.parametrize(
    ("deb", "told"),
    [
        pytest.param(b"PK\3\4", "not an archive", id="no ar"),
        pytest.param(
            _deb(b"", data_name="data.tar.zst"), r"data\.tar\.zst: only data\.tar\.xz", id="other packing"
        ),
    ],
)
def test_what_is_not_read_is_named(deb: bytes, told: str) -> None:
    """Rather than left out."""
    with pytest.raises(Unreadable, match=told):
        list(archive.files(deb))


def test_a_device_is_refused() -> None:
    """It takes rights that a build need not have."""
    with pytest.raises(Unreadable, match="dev/null is neither"):
        take({}, _entry("./dev/null", kind=tarfile.CHRTYPE), b"")
