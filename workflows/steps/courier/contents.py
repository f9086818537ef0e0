"""Hands over the contents that git-lfs keeps beside a repository: files named after what they hold, which `main` checks."""

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from workflows.steps.speech import say
from workflows.steps.wall.door import Folder, Unfit
from workflows.steps.wall.sighting import CONTENTS

LARGEST = 2 << 30
"""Bytes of one file that are taken."""

ALL = 16 << 30
"""Bytes of all of them."""

_MANY = 10_000
_CHUNK = 1 << 18
_PART = re.compile(r"[0-9a-f]{2}")
_NAME = re.compile(r"[0-9a-f]{64}")


class Contents:
    """What was handed over so far."""

    def __init__(self, place: Path, beat: Callable[[], None]) -> None:
        self._place = place / CONTENTS
        self._seen: set[str] = set()
        self._beat = beat
        self._left = ALL

    def take(self, directory: Folder) -> None:
        """Copy what is new below a git directory. Raises OSError when our own disk is full."""
        with (
            contextlib.suppress(FileNotFoundError, NotADirectoryError),
            directory.folder("lfs/objects") as store,
        ):
            for folder, name, size in _files(store):
                if name in self._seen:
                    continue
                self._seen.add(name)
                if size > min(LARGEST, self._left):
                    say(f"a file of {size} bytes that git-lfs keeps is too large to be taken: {name}")
                    continue
                self._left -= size
                self._copy(store, f"{folder}/{name}", size)

    def _copy(self, store: Folder, path: str, size: int) -> None:
        self._place.mkdir(exist_ok=True)
        draft = self._place / "draft"
        with contextlib.suppress(Unfit, FileNotFoundError), store.opened(path) as (source, _):
            with draft.open("wb") as target:
                while size > 0 and (data := source.read(min(_CHUNK, size))):
                    target.write(data)
                    size -= len(data)
                    self._beat()
            draft.replace(self._place / path.rpartition("/")[2])


def _files(store: Folder) -> Iterator[tuple[str, str, int]]:
    """Folder, name and size of each."""
    for first in store.items(_MANY):
        with contextlib.suppress(OSError), store.folder(first.name) as outer:
            for second in outer.items(_MANY) if _PART.fullmatch(first.name) else ():
                with contextlib.suppress(OSError), outer.folder(second.name) as inner:
                    for item in inner.items(_MANY):
                        if item.is_file and _NAME.fullmatch(item.name):
                            yield f"{first.name}/{second.name}", item.name, item.stat.st_size
