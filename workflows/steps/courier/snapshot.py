"""The tree of the agent's files as they are, written into the courier's own repository."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from workflows.steps.courier import gitindex
from workflows.steps.courier.gitindex import Index
from workflows.steps.courier.ignored import Ignored
from workflows.steps.courier.mirror import Mirror
from workflows.steps.courier.watch import Beat
from workflows.steps.courier.worktree import BYTES, Bounds, Changes, Walk
from workflows.steps.git.command import Git
from workflows.steps.wall.door import Folder

LAID = "laid-index"
"""The index as clone left it: what the agent was given."""

_ABSENT = "0" * 40
_LINK = 0o120000
_CHUNK = 1 << 18


class Snapshot(NamedTuple):
    """A tree, and what is not in it. `repositories` are the folders in it that are repositories of their own."""

    tree: str
    left: tuple[str, ...]
    repositories: tuple[str, ...] = ()


class Desk(NamedTuple):
    """Our own places for one work tree: `file` is an index that follows what was seen, `mirror` takes copies, of at most `room` bytes in one look."""

    repository: Path
    file: Path
    mirror: Path
    room: int = BYTES


class Snapshots:
    """Looks at one work tree. Our index of it follows what was seen, so that a look tells git only what changed."""

    def __init__(self, git: Git, desk: Desk, beat: Beat, laid: bytes = b"") -> None:
        """`laid` is the index as clone left it, empty for a work tree that it did not lay."""
        # An earlier run of the courier may have left rules of files that are gone.
        shutil.rmtree(desk.mirror, ignore_errors=True)
        desk.file.write_bytes(laid)
        if not laid:
            desk.file.unlink()
        self._git = git.having(
            GIT_DIR=desk.repository, GIT_WORK_TREE=desk.mirror, GIT_INDEX_FILE=desk.file
        ).within(desk.mirror)
        self._index = desk.file
        self._mirror = Mirror(desk.mirror, beat)
        self._room = desk.room
        self.laid = gitindex.parse(laid, 20) if laid else gitindex.NOTHING
        self._indexed = {path: (entry.mode, entry.sha) for path, entry in self.laid.staged.items()}
        self._touched: dict[str, tuple[int, ...]] = {}
        self._tree = ""
        self._beat = beat

    def take(
        self,
        repo: Folder,
        index: Index | None,
        known: Callable[[str], bool],
        skipped: frozenset[str] = frozenset(),
    ) -> Snapshot:
        """Look at all files. Raises GitFailed, or WorkspaceFull when our own disk is full."""
        with Ignored(self._git, self._mirror.root, self._beat) as ignored:
            walk = Walk(
                self._mirror,
                self.laid,
                index or self.laid,
                known=known,
                before=self._touched,
                ignored=ignored,
                bounds=Bounds(self._room, skipped),
                beat=self._beat,
            )
            changes = walk.changes(repo)
        with self._beat.beside():
            refused = self._record(changes)
        if not self._tree or refused is not None:
            self._tree = self._git.run("write-tree", "--missing-ok").strip()
        return Snapshot(self._tree, (*changes.left, *(refused or ())), changes.repositories)

    def differs(self, index: Index) -> bool:
        """Whether the files, as they were just seen, are others than the agent's index says."""
        rows = (row.partition(b"\t") for row in self._git.pipe("ls-files", "--stage", "-z").split(b"\0"))
        seen = {os.fsdecode(path): tuple(facts.decode().split(" ")[:2]) for facts, _, path in rows if path}
        staged = {path: (f"{entry.mode:o}", entry.sha) for path, entry in index.staged.items()}
        return bool(index.unmerged) or seen != staged

    def _record(self, changes: Changes) -> tuple[str, ...] | None:
        """Bring our index to what was seen. None where nothing had changed, else what git takes for no path of a tree."""
        kept = {path: known for path, known in changes.kept.items() if self._indexed.get(path) != known}
        lost = [path for path in self._touched if path not in changes.touched and path not in changes.kept]
        gone = [path for path in {*changes.gone, *lost} if path in self._indexed or path in self._touched]
        fresh = {path: stamp for path, stamp in changes.touched.items() if self._touched.get(path) != stamp}
        if not (kept or gone or fresh):
            return None
        as_laid = self._as_laid(fresh)
        kept |= as_laid
        for path in as_laid:
            del fresh[path]
            self._mirror.drop(path)
        self._tell(gone, kept)
        refused = self._add(fresh)
        for path in gone:
            self._indexed.pop(path, None)
        self._indexed |= kept
        for path in fresh:
            self._indexed.pop(path, None)
            self._mirror.drop(path)
        self._touched = changes.touched
        return refused

    def _as_laid(self, fresh: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, str]]:
        """Those that hold to the byte what the commit holds: written again, but changed by nobody, whatever attributes would make of them."""
        found = {}
        for path, stamp in fresh.items():
            laid = self.laid.staged.get(path)
            if laid and laid.mode == stamp[-1] != _LINK and _blob(self._mirror.root / path) == laid.sha:
                found[path] = (laid.mode, laid.sha)
        return found

    def _tell(self, gone: Iterable[str], kept: dict[str, tuple[int, str]]) -> None:
        lines = [f"0 {_ABSENT}\t{path}" for path in gone]
        lines += [f"{mode:o} {sha} 0\t{path}" for path, (mode, sha) in kept.items()]
        if lines:
            data = "\0".join([*lines, ""]).encode("utf-8", "surrogateescape")
            self._git.pipe("update-index", "-z", "--index-info", data=data)

    def _add(self, fresh: Iterable[str]) -> tuple[str, ...]:
        """Hash the copies as the repository's attributes say; where git cannot, as they are."""
        paths = [path.encode("utf-8", "surrogateescape") for path in fresh]
        if not paths:
            return ()
        data = b"\0".join([*paths, b""])
        done = self._git.call("update-index", "-z", "--add", "--remove", "--replace", "--stdin", data=data)
        if done.code:
            # One that was killed, for it took too long, leaves its lock, and nobody else writes here.
            self._index.with_name(f"{self._index.name}.lock").unlink(missing_ok=True)
            self._add_raw(fresh)
        return tuple(line for line in done.err.splitlines() if line.startswith("Ignoring path"))

    def _add_raw(self, fresh: Iterable[str]) -> None:
        for path, stamp in ((path, self._mirror.root / path) for path in fresh):
            if stamp.is_symlink():
                sha = (
                    self._git.pipe("hash-object", "-w", "--stdin", data=bytes(stamp.readlink()))
                    .decode()
                    .strip()
                )
                mode = "120000"
            else:
                sha = self._git.run("hash-object", "-w", "--no-filters", "--", stamp).strip()
                mode = "100755" if stamp.stat().st_mode & 0o100 else "100644"
            self._git.call("update-index", "--add", "--replace", "--cacheinfo", f"{mode},{sha},{path}")


def _blob(file: Path) -> str:
    """The name that git gives to a file as it is."""
    digest = hashlib.sha1(b"blob %d\0" % file.stat().st_size, usedforsecurity=False)
    with file.open("rb") as stream:
        while data := stream.read(_CHUNK):
            digest.update(data)
    return digest.hexdigest()
