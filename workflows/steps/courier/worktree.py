"""What differs between the agent's files and what clone laid out: found by a walk through the door."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from workflows.steps.courier.gitindex import Index, Staged, signature
from workflows.steps.courier.mirror import LARGEST, Mirror
from workflows.steps.wall.door import Folder, Item

DEEPEST = 100
MANY = 200_000
BYTES = 4 << 30
"""Of all files that one look takes."""

_LINK, _FILE, _PROGRAM = 0o120000, 0o100644, 0o100755
_BEATS = 200


class Changes(NamedTuple):
    """`kept` are paths whose content is known, by mode and object; `touched` were copied; `gone` are not there any more.

    `left` names what is in none of them: what is no file, cannot be read, or is too large. `repositories` are folders that are
    repositories of their own, submodules among them.
    """

    kept: dict[str, tuple[int, str]]
    touched: dict[str, tuple[int, ...]]
    gone: frozenset[str]
    left: tuple[str, ...]
    repositories: tuple[str, ...]


class Bounds(NamedTuple):
    """Of one look: bytes of files that are taken, and paths that it leaves alone."""

    room: int
    skipped: frozenset[str]


class Walk:
    """One look at the work tree.

    `laid` is the index as clone left it, `index` the agent's own; `known` says whether we hold an object, `before` is what the
    last look copied: a file that has not changed since is not copied again.
    """

    def __init__(
        self,
        mirror: Mirror,
        laid: Index,
        index: Index,
        *,
        known: Callable[[str], bool],
        before: dict[str, tuple[int, ...]],
        ignored: Callable[[str], bool],
        bounds: Bounds,
        beat: Callable[[], None],
    ) -> None:
        self._mirror = mirror
        self._laid = laid
        self._index = index
        self._known = known
        self._before = before
        self._ignored = ignored
        self._beat = beat
        self._folders = _folders((*index.staged, *index.unmerged))
        self._kept: dict[str, tuple[int, str]] = {}
        self._touched: dict[str, tuple[int, ...]] = {}
        self._seen: set[str] = set()
        self._rules: set[str] = set()
        self._left: list[str] = []
        self._closed: list[str] = []
        self._repositories: list[str] = []
        self._room, self._skipped = bounds
        self._count = 0

    def changes(self, repo: Folder) -> Changes:
        """Walk all of it."""
        self._folder(repo, "", 0)
        self._mirror.forget_rules(self._rules)
        gone = set()
        for path, entry in self._index.staged.items():
            if path in self._seen:
                continue
            if entry.is_repository or entry.skipped or self._is_closed(path):
                self._kept[path] = (entry.mode, entry.sha)
            else:
                gone.add(path)
        gone |= {path for path in self._laid.staged if path not in self._seen and path not in self._kept}
        left, inner = (tuple(sorted(each)) for each in (self._left, self._repositories))
        return Changes(self._kept, self._touched, frozenset(gone), left, inner)

    def _folder(self, folder: Folder, prefix: str, depth: int) -> None:
        try:
            items = folder.items(MANY)
        except OSError:
            self._close(prefix.rstrip("/"))
            return
        if prefix and any(item.name == ".git" for item in items):
            self._closed.append(prefix.rstrip("/"))
            self._repositories.append(prefix.rstrip("/"))
            return
        self._mirror.rules(folder, items, prefix)
        for item in items:
            self._count += 1
            if self._count % _BEATS == 0:
                self._beat()
            self._item(folder, item, prefix + item.name, depth)

    def _item(self, folder: Folder, item: Item, path: str, depth: int) -> None:
        if item.name == ".git" or path in self._skipped:
            return
        if item.is_folder:
            self._below(folder, item, path, depth)
        elif not item.is_file and not item.is_link:
            self._close(path)
        else:
            if item.name in (".gitignore", ".gitattributes") and item.is_file:
                self._rules.add(path)
            self._file(folder, item, path)

    def _below(self, folder: Folder, item: Item, path: str, depth: int) -> None:
        entry = self._index.staged.get(path)
        if entry and entry.is_repository:
            self._repositories.append(path)
            return
        if path not in self._folders and self._is_ignored_folder(path):
            return
        if depth == DEEPEST or self._count > MANY:
            self._close(path)
            return
        try:
            inner = folder.folder(item.name)
        except OSError:
            self._close(path)
            return
        with inner:
            self._folder(inner, f"{path}/", depth + 1)

    def _is_ignored_folder(self, path: str) -> bool:
        self._mirror.folder(path)
        found = self._ignored(path)
        if found:
            self._mirror.drop_folder(path)
        return found

    def _file(self, folder: Folder, item: Item, path: str) -> None:
        told = signature(item.stat)
        mode = _LINK if item.is_link else _PROGRAM if item.stat.st_mode & 0o100 else _FILE
        known = self._unchanged(path, mode, told)
        if known:
            self._seen.add(path)
            self._kept[path] = (known.mode, known.sha)
            return
        tracked = path in self._index.staged or path in self._index.unmerged
        if not tracked and self._ignored(path):
            return
        self._seen.add(path)
        stamp = (*told, mode)
        if self._before.get(path) != stamp and not self._copied(folder, item, path):
            return
        self._touched[path] = stamp

    def _unchanged(self, path: str, mode: int, told: tuple[int, ...]) -> Staged | None:
        """What is known of a file that is as clone laid it, or as it was when the agent staged an object that we hold."""
        laid, staged = self._laid.staged.get(path), self._index.staged.get(path)
        if path in self._index.unmerged:
            return None
        if laid and (laid.mode, laid.signature) == (mode, told):
            return laid
        if staged and (staged.mode, staged.signature) == (mode, told) and self._known(staged.sha):
            return staged
        return None

    def _copied(self, folder: Folder, item: Item, path: str) -> bool:
        size = item.stat.st_size if item.is_file else 0
        if size > min(LARGEST, self._room):
            # One file without end, or without contents, leaves room for those after it.
            self._close(path)
            return False
        self._room -= size
        try:
            self._mirror.copy(folder, item, path)
        except OSError:
            self._mirror.drop(path)
            self._close(path)
            return False
        return True

    def _close(self, path: str) -> None:
        """Leave something out: what is tracked there stays as it was."""
        self._left.append(path or ".")
        self._closed.append(path)
        self._seen.discard(path)

    def _is_closed(self, path: str) -> bool:
        return any(path == each or path.startswith(f"{each}/") or not each for each in self._closed)


def _folders(paths: Iterable[str]) -> frozenset[str]:
    """All folders above the paths."""
    found: set[str] = set()
    for path in paths:
        above = path.rpartition("/")[0]
        while above and above not in found:
            found.add(above)
            above = above.rpartition("/")[0]
    return frozenset(found)
