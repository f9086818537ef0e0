"""Our own copy of what one repository of the agent's holds, and a bundle of what no server may have of it."""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from workflows.steps.courier.stock import Stock
from workflows.steps.courier.watch import Beat
from workflows.steps.errors import GitFailed
from workflows.steps.git.command import Git
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import pack_name

ROOM = 512 << 20
"""Bytes that are taken of one repository's objects."""

SECONDS = 30.0
"""That may be spent on what lies there object by object: an agent may blow up as much as it likes."""

LARGEST = 96 << 20
"""Bytes of a bundle: many servers take no file of 100 MB."""

_AT_ONCE = 5000
"""Commits that are read by one process."""

_CONFIG = "[core]\n\tbigFileThreshold = 16m\n"
"""Larger contents pass through git's memory in pieces."""

_HEAD = b"# v2 git bundle\n"
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+=-]*(?:[./][A-Za-z0-9_+=-]+)*", re.ASCII)
_PACKING = ("--stdout", "-q", "--no-reuse-object", "--no-reuse-delta", "--window=0", "--threads=1")
"""The same bytes for the same objects: a rerun keeps what the first run kept."""


class Bundle(NamedTuple):
    """What goes into one: new commits, and those that they stand on, which whoever reads it must have."""

    fresh: frozenset[str]
    given: frozenset[str]


class Archive:
    """A bare repository at `place`, made anew."""

    def __init__(self, git: Git, place: Path, exclude: Path, beat: Beat) -> None:
        shutil.rmtree(place, ignore_errors=True)
        (place / "taken").mkdir(parents=True)
        git.run("init", "--quiet", "--bare", "--template=", place)
        with (place / "config").open("a") as config:
            config.write(_CONFIG)
        (place / "info").mkdir(exist_ok=True)
        shutil.copyfile(exclude, place / "info" / "exclude")
        self.place = place
        self._git = git.having(GIT_DIR=place)
        self._beat = beat
        self._stock = Stock(place / "taken", (), beat, ROOM)
        self._indexed = 0
        self._graph: dict[str, tuple[str, ...]] = {}

    @property
    def loose(self) -> set[str]:
        """The names of the agent's objects that came by themselves."""
        return self._stock.seen

    def take(self, store: Folder, wanted: Iterable[str], known: set[str]) -> None:
        """Take what the agent's store has beside packs; its packs only where the history of these commits asks for them: they may be large,
        and are mostly what a server gave.
        """
        self._stock.take_loose(store, SECONDS)
        self._load()
        reached = _closure(self._graph, wanted, known)
        if any(sha not in self._graph for sha in reached - known):
            self._stock.take_packs(store)
            self._load()

    def tree(self, sha: str) -> str:
        """The tree of a commit; empty for one that is not here."""
        done = self._git.call("rev-parse", "--verify", "--quiet", f"{sha}^{{tree}}")
        return done.out.strip() if sha in self._graph and done.code == 0 else ""

    def commit(self, tree: str, parent: str, at: int) -> str:
        """Files as a commit on top of what they stand on, which need not be here."""
        parents = f"parent {parent}\n" if parent else ""
        who = f"Gas Town <gastown@localhost> {at} +0000"
        text = f"tree {tree}\n{parents}author {who}\ncommitter {who}\n\nWhat was uncommitted\n"
        sha = self._git.run("hash-object", "-t", "commit", "-w", "--stdin", text=text).strip()
        self._graph[sha] = (parent,) if parent else ()
        return sha

    def fresh(self, tips: Iterable[str], known: set[str]) -> Bundle:
        """What these commits add to what is known."""
        fresh = _closure(self._graph, tips, set()) - _closure(self._graph, known, set())
        fresh &= self._graph.keys()
        given = {parent for sha in fresh for parent in self._graph[sha] if parent not in fresh}
        return Bundle(frozenset(fresh), frozenset(given))

    def bundle(self, found: Bundle, tips: Mapping[str, str]) -> Path:
        """Write one, with these tips by their names. Raises GitFailed, also where it would be too large."""
        file = self.place / "bundle"
        with file.open("wb") as stream:
            stream.write(_HEAD)
            stream.writelines(f"-{sha}\n".encode() for sha in sorted(found.given))
            stream.writelines(f"{sha} {ref}\n".encode() for ref, sha in _named(tips, found.fresh))
            stream.write(b"\n")
            stream.flush()
            with self._beat.beside():
                names = self._objects(found)
                self._git.store(stream, "pack-objects", *_PACKING, text=names)
        if file.stat().st_size > LARGEST:
            raise GitFailed(f"its bundle would be larger than {LARGEST} bytes")
        return file

    def _objects(self, found: Bundle) -> str:
        """All objects of the new commits but those of the commits that they stand on, as far as these are here."""
        there = sorted(found.given & self._graph.keys())
        # To git none has parents: each is told by itself, and some parents are not here.
        (self.place / "shallow").write_text("".join(f"{sha}\n" for sha in sorted({*found.fresh, *there})))
        asked = "".join(f"{sha}\n" for sha in (*sorted(found.fresh), *(f"^{sha}" for sha in there)))
        told = self._git.run("rev-list", "--objects", "--missing=allow-any", "--stdin", text=asked)
        return "".join(f"{row.partition(' ')[0]}\n" for row in told.splitlines())

    def _load(self) -> None:
        """Make what was taken ours."""
        while self._indexed < self._stock.packs:
            self._indexed += 1
            pack = self.place / "taken" / pack_name(self._indexed)
            with pack.open("rb") as stream, self._beat.beside():
                self._git.feed(stream, "index-pack", "--stdin", f"--max-input-size={ROOM}")
            pack.unlink()
            self._graph |= self._commits()

    def _commits(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each commit that is new, with its parents."""
        told = self._git.run("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
        names = [row.partition(" ")[0] for row in told.splitlines() if row.endswith(" commit")]
        fresh = [name for name in names if name not in self._graph]
        for start in range(0, len(fresh), _AT_ONCE):
            asked = fresh[start : start + _AT_ONCE]
            data = self._git.pipe("cat-file", "--batch", data="".join(f"{name}\n" for name in asked).encode())
            yield from zip(asked, _parents(data), strict=False)


def _parents(data: bytes) -> Iterator[tuple[str, ...]]:
    """Of each commit that `cat-file --batch` printed."""
    at = 0
    while at < len(data):
        began = data.index(b"\n", at) + 1
        at = began + int(data[at : began - 1].rpartition(b" ")[2])
        head = data[began:at].partition(b"\n\n")[0].split(b"\n")
        yield tuple(row[7:].decode("ascii", "replace") for row in head if row.startswith(b"parent "))
        at += 1


def _closure(graph: Mapping[str, tuple[str, ...]], tips: Iterable[str], end: set[str]) -> set[str]:
    """What is reached from these commits, ends and commits that are not here among it."""
    found: set[str] = set()
    due = list(tips)
    while due:
        sha = due.pop()
        if sha not in found:
            found.add(sha)
            due += graph.get(sha, ()) if sha not in end else ()
    return found


def _named(tips: Mapping[str, str], fresh: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The refs of a bundle. Names that git may not take are numbers there."""
    for number, (name, sha) in enumerate(tips.items()):
        if sha in fresh:
            plain = _BRANCH.fullmatch(name) and not name.endswith(".lock")
            yield ("HEAD" if name == "HEAD" else f"refs/heads/{name if plain else f'kept-{number}'}"), sha
