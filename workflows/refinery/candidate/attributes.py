"""What a target's `.gitattributes` say of files that conflict: git reads none where there is no work tree.

Only the target's count. By attributes of its own a bead could have both sides of any conflict taken.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from workflows.steps.git.command import Git

_FILE = ".gitattributes"
_LARGEST = 1 << 18


@contextlib.contextmanager
def heeded(git: Git, tip: str, files: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Words before a command of git that heeds them for these files; none where they say nothing of merging."""
    lines = list(_lines(git, tip, files))
    if not lines:
        yield ()
        return
    place = Path(git.environment["GIT_DIR"]) / f"attributes.{os.getpid()}"
    place.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    try:
        yield ("-c", f"core.attributesFile={place}")
    finally:
        place.unlink()


def _lines(git: Git, tip: str, files: Iterable[str]) -> Iterator[str]:
    """The lines about merging, as they read in the root, the nearest folder's last, as git has it."""
    folders = {folder for name in files for folder in PurePosixPath(name).parents}
    for each in sorted(folders, key=lambda each: (len(each.parts), each)):
        folder = f"{each}/" if each.parts else ""
        told = git.call("cat-file", "blob", f"{tip}:{folder}{_FILE}")
        if told.code or len(told.out) > _LARGEST:
            continue
        for line in told.out.splitlines():
            pattern, _, said = line.strip().partition(" ")
            if "merge" in said and not pattern.startswith(("#", '"', "[")):
                yield f"{_from_root(folder, pattern)} {said}"


def _from_root(folder: str, pattern: str) -> str:
    if not folder:
        return pattern
    return f"/{folder}{pattern.lstrip('/')}" if "/" in pattern else f"/{folder}**/{pattern}"
