"""Files that git-lfs keeps elsewhere: a commit holds a pointer, and their contents must be on the server that the pointer is pushed to."""

import re
import shutil
from collections.abc import Iterator
from typing import NamedTuple

from workflows.steps.errors import Refused
from workflows.steps.git import address
from workflows.steps.git.command import Git

_LARGEST = 1024
"""Bytes. git-lfs takes no longer file for a pointer."""

_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:.+\n)*?oid sha256:[0-9a-f]{64}\n")


class Pointer(NamedTuple):
    """A path whose contents git-lfs keeps."""

    path: str
    blob: str


def changed(git: Git, base: str, tip: str) -> list[Pointer]:
    """The pointers that `tip` adds or changes over the commit where it left `base`."""
    options = ("--raw", "-z", "--no-renames", "--no-abbrev", "--diff-filter=AMT")
    done = git.call("diff", *options, f"{base}...{tip}", "--")
    fields = (done.out if done.code == 0 else git.run("diff", *options, base, tip, "--")).split("\0")
    rows = [(facts.split(" "), path) for facts, path in zip(fields[::2], fields[1::2], strict=False)]
    files = [Pointer(path, facts[3]) for facts, path in rows if facts[1].startswith("100")]
    small = set(_small(git, files))
    found = {blob for blob in small if _POINTER.match(git.pipe("cat-file", "blob", blob))}
    return [each for each in files if each.blob in found]


def check(git: Git, url: str, base: str, tip: str) -> None:
    """Raises Refused where the repository would get pointers whose contents it does not have, or nobody here can ask it."""
    pointers = changed(git, base, tip)
    if not pointers:
        return
    named = ", ".join(each.path for each in pointers[:5]) + (" ..." if pointers[5:] else "")
    if not shutil.which("git-lfs", path=git.environment.get("PATH")):
        raise Refused(
            f"{named}: kept by git-lfs, which is not installed where the refinery runs, so nobody can tell whether "
            f"{address.shown(url)} has the contents; install git-lfs there, then sling the bead again"
        )
    wanted = ",".join(each.path.replace(",", "?") for each in pointers)
    remote = git.having(GIT_LFS_SKIP_SMUDGE="0")
    done = remote.call("-c", f"remote.origin.url={url}", "lfs", "fetch", f"--include={wanted}", "origin", tip)
    if done.code:
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
