"""Files that git-lfs keeps elsewhere: a commit holds a pointer, and their contents must be on the server that the pointer is pushed to."""

import io
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from workflows.steps.errors import Refused
from workflows.steps.git import address
from workflows.steps.git.additions import Addition
from workflows.steps.git.command import Done, Git, last_words

_LARGEST = 1024
"""Bytes. git-lfs takes no longer file for a pointer."""

_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:.+\n)*?oid sha256:([0-9a-f]{64})\n")


class Pointer(NamedTuple):
    """A path whose contents git-lfs keeps under `oid`."""

    path: str
    blob: str
    oid: str = ""


def changed(git: Git, added: Iterable[Addition]) -> list[Pointer]:
    """The pointers among what a line of work adds or changes."""
    files = [Pointer(each.path, each.sha) for each in added if each.mode.startswith("100")]
    small = dict.fromkeys(_small(git, files))
    told = {blob: _POINTER.match(content) for blob, content in _contents(git, small)}
    found = {blob: match[1].decode() for blob, match in told.items() if match}
    return [each._replace(oid=found[each.blob]) for each in files if each.blob in found]


def installed(git: Git) -> bool:
    """Whether git-lfs is there."""
    return shutil.which("git-lfs", path=git.environment.get("PATH")) is not None


def used(git: Git, tips: Iterable[str]) -> bool:
    """Whether the attributes of any of these commits ask for git-lfs."""
    return git.call("grep", "-q", "filter=lfs", *tips, "--", ".gitattributes", "**/.gitattributes").code == 0


def fetch(git: Git, url: str, tips: Iterable[str]) -> str:
    """Bring the contents that commits need; says what went wrong, nothing when all came."""
    done = _lfs(git, url, "fetch", "origin", *tips)
    return last_words(done.err or done.out) if done.code else ""


def upload(git: Git, url: str, oids: Iterable[str]) -> str:
    """Give the server contents that lie in our own repository; says what went wrong, nothing when it has them."""
    done = _lfs(git, url, "push", "--object-id", "origin", *oids)
    return last_words(done.err or done.out) if done.code else ""


def replace(git: Git, storage: Path) -> None:
    """Put contents in place of the pointers of a work tree, where the storage has them. Asks no server."""
    # git-lfs does nothing where its filters are not set up.
    filters = ("filter.lfs.clean=git-lfs clean -- %f", "filter.lfs.smudge=git-lfs smudge -- %f")
    settings = [word for each in (*filters, f"lfs.storage={storage}") for word in ("-c", each)]
    git.run(*settings, "lfs", "checkout")


def text(oid: str, size: int) -> str:
    """The pointer that stands for contents."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n"


def place(directory: Path, oid: str) -> Path:
    """Where git-lfs keeps contents in a git directory."""
    return directory / "lfs" / "objects" / oid[:2] / oid[2:4] / oid


def _lfs(git: Git, url: str, *arguments: str) -> Done:
    # git-lfs takes a plain path for the name of a remote.
    where = f"file://{url}" if url.startswith("/") else url
    return git.having(GIT_LFS_SKIP_SMUDGE="0").call("-c", f"remote.origin.url={where}", "lfs", *arguments)


def check(git: Git, url: str, added: Iterable[Addition], tip: str) -> None:
    """Raises Refused where the repository would get pointers whose contents it does not have, or nobody here can ask it."""
    pointers = changed(git, added)
    if not pointers:
        return
    named = ", ".join(each.path for each in pointers[:5]) + (" ..." if pointers[5:] else "")
    if not installed(git):
        raise Refused(
            f"{named}: kept by git-lfs, which is not installed where the refinery runs, so nobody can tell whether "
            f"{address.shown(url)} has the contents; install git-lfs there, then sling the bead again"
        )
    wanted = ",".join(each.path.replace(",", "?") for each in pointers)
    if _lfs(git, url, "fetch", f"--include={wanted}", "origin", tip).code:
        raise Refused(
            f"{named}: kept by git-lfs, and {address.shown(url)} does not have the contents, so a clone would fail; "
            "push them with `git lfs push` from where they were made, then sling the bead again"
        )


def _small(git: Git, files: list[Pointer]) -> Iterator[str]:
    """Blobs that are no larger than a pointer, and no empty file either."""
    asked = "".join(f"{each.blob}\n" for each in files).encode()
    told = git.pipe("cat-file", "--batch-check=%(objectname) %(objectsize)", data=asked) if files else b""
    for line in told.decode().splitlines():
        blob, _, size = line.partition(" ")
        if size.isdecimal() and 100 < int(size) <= _LARGEST:
            yield blob


def _contents(git: Git, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """All at once: every bead that is published may add thousands of small files."""
    asked = "".join(f"{each}\n" for each in blobs).encode()
    stream = io.BytesIO(git.pipe("cat-file", "--batch", data=asked) if asked else b"")
    while header := stream.readline():
        blob, _, size = header.decode().split(" ")
        yield blob, stream.read(int(size))
        stream.readline()
