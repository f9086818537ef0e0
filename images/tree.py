"""The files of a layer, in memory: so that no right is needed to give them to root."""

import dataclasses
import io
import tarfile
from pathlib import Path, PurePosixPath

from images.errors import Unreadable

DIRECTORY = 0o755


@dataclasses.dataclass(frozen=True, slots=True)
class File:
    """A regular file, a link where `target` is set, or a folder where there is neither."""

    mode: int
    content: bytes | None = None
    target: str = ""


Tree = dict[PurePosixPath, File]
"""Path without a slash in front -> what is there."""


def add(tree: Tree, path: str, content: bytes, *, mode: int = 0o644) -> None:
    """Put a file at a path, and the folders above it where they are missing."""
    _add(tree, PurePosixPath(path), File(mode, content))


def link(tree: Tree, path: str, target: str) -> None:
    """Put a symbolic link at a path."""
    _add(tree, PurePosixPath(path), File(0o777, target=target))


def folder(tree: Tree, path: str, *, mode: int = DIRECTORY) -> None:
    """Put an empty folder at a path."""
    _add(tree, PurePosixPath(path), File(mode))


def take(tree: Tree, entry: tarfile.TarInfo, content: bytes) -> None:
    """Put in what an archive has. A hard link becomes a symbolic one. Raises Unreadable for devices."""
    path = PurePosixPath(entry.name)
    if entry.isdir():
        tree.setdefault(path, File(entry.mode & 0o7777))
    elif entry.issym():
        tree[path] = File(0o777, target=entry.linkname)
    elif entry.islnk():
        tree[path] = File(0o777, target=f"/{PurePosixPath(entry.linkname)}")
    elif entry.isreg():
        tree[path] = File(entry.mode & 0o777, content)  # no program of these images may change its user
    else:
        raise Unreadable(f"{entry.name} is neither a file, a folder nor a link")


def taken(root: Path) -> Tree:
    """What lies in a folder of this machine; modes are made those of a release, whatever the umask is."""
    tree: Tree = {}
    for path in sorted(root.rglob("*")):
        name = PurePosixPath(path.relative_to(root))
        if path.is_symlink():
            tree[name] = File(0o777, target=str(path.readlink()))
        elif path.is_dir():
            tree[name] = File(DIRECTORY)
        else:
            tree[name] = File(0o755 if path.stat().st_mode & 0o100 else 0o644, path.read_bytes())
    return tree


def lay(tree: Tree, root: Path) -> None:
    """Write the tree into a folder of this machine."""
    for path, file in sorted(tree.items()):
        where = root / path
        where.parent.mkdir(parents=True, exist_ok=True)
        if file.target:
            where.symlink_to(file.target)
        elif file.content is None:
            where.mkdir(exist_ok=True)
        else:
            where.write_bytes(file.content)
            where.chmod(file.mode | 0o600)


def tar(tree: Tree) -> bytes:
    """All of it, sorted, of no moment and root's: the same tree gives the same bytes, and registries store them once."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path, file in sorted(tree.items()):
            entry = tarfile.TarInfo(str(path))
            entry.mode = file.mode
            if file.target:
                entry.type, entry.linkname = tarfile.SYMTYPE, file.target
            elif file.content is None:
                entry.type = tarfile.DIRTYPE
            else:
                entry.size = len(file.content)
            archive.addfile(entry, io.BytesIO(file.content or b""))
    return raw.getvalue()


def _add(tree: Tree, path: PurePosixPath, file: File) -> None:
    for above in reversed(path.parents):
        if above != PurePosixPath():
            tree.setdefault(above, File(DIRECTORY))
    tree[path] = file
