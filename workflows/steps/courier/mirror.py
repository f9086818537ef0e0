"""Copies of the agent's files in a folder of our own, where git may look at them."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from workflows.steps.wall.door import Folder, Item, Unfit

LARGEST = 1 << 30
"""Bytes of one file that are taken."""

_RULES = frozenset((".gitignore", ".gitattributes"))
_RULES_BYTES = 1 << 20
_CHUNK = 1 << 18


class Mirror:
    """Rules of git stay in it from look to look; all else only while it is looked at."""

    def __init__(self, root: Path, beat: Callable[[], None]) -> None:
        self.root = root
        self._beat = beat
        root.mkdir(parents=True, exist_ok=True)
        self._rules: dict[str, tuple[int, int]] = {}

    def rules(self, folder: Folder, items: list[Item], prefix: str) -> None:
        """Take up the `.gitignore` and `.gitattributes` of a folder, before anything in it is asked for."""
        for item in items:
            path = prefix + item.name
            if item.name not in _RULES or not item.is_file:
                continue
            stamp = (item.stat.st_ctime_ns, item.stat.st_ino)
            if self._rules.get(path) == stamp:
                continue
            with contextlib.suppress(Unfit, FileNotFoundError):
                self._place(path).write_bytes(folder.read(item.name, _RULES_BYTES))
                self._rules[path] = stamp

    def forget_rules(self, there: set[str]) -> None:
        """Drop the rules whose files are gone."""
        for path in [each for each in self._rules if each not in there]:
            del self._rules[path]
            self.drop(path)

    def folder(self, path: str) -> None:
        """Make a folder: git asks whether a path is one."""
        self._place(path).mkdir(exist_ok=True)

    def drop_folder(self, path: str) -> None:
        """Remove an empty one."""
        with contextlib.suppress(OSError):
            (self.root / path).rmdir()

    def copy(self, folder: Folder, item: Item, path: str) -> None:
        """Copy a file, or a link as a link. Raises OSError for what cannot be read, or is too large."""
        target = self._place(path)
        if item.is_link:
            target.symlink_to(folder.link(item.name))
            return
        with folder.opened(item.name) as (source, told), target.open("xb") as stream:
            if told.st_size > LARGEST:
                raise Unfit(f"{path} is larger than {LARGEST} bytes")
            left = LARGEST
            while left and (data := source.read(min(_CHUNK, left))):
                stream.write(data)
                left -= len(data)
                self._beat()
            os.fchmod(stream.fileno(), 0o755 if told.st_mode & 0o100 else 0o644)

    def drop(self, path: str) -> None:
        """Remove a copy; rules stay."""
        if path not in self._rules:
            with contextlib.suppress(OSError):
                (self.root / path).unlink()

    def _place(self, path: str) -> Path:
        """Where a path's copy goes: true folders above it, and nothing in its place."""
        target = self.root
        for part in path.split("/")[:-1]:
            target /= part
            if target.is_symlink() or target.is_file():
                target.unlink()
            target.mkdir(exist_ok=True)
        target = self.root / path
        if target.is_symlink() or target.is_file():
            target.unlink()
        elif target.is_dir():
            self._clear(target)
        return target

    def _clear(self, folder: Path) -> None:
        """An empty folder where a file is to stand."""
        for directory, _, _ in os.walk(folder, topdown=False):
            with contextlib.suppress(OSError):
                Path(directory).rmdir()
