"""What an agent left uncommitted, as git-lfs would commit it: files that the repository's attributes give to git-lfs become pointers.

The agent's image may lack git-lfs, and nothing of the agent's runs here. So the contents are taken from the commit to be, given to the
server, and only then are pointers put in their place: a pointer without its contents would be lost work.
"""

import contextlib
import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from workflows.steps.git import pointers
from workflows.steps.git.additions import Addition, additions
from workflows.steps.git.command import Git
from workflows.steps.speech import say

_CHUNK = 1 << 20
_NAMED = 5


class LargeFiles(NamedTuple):
    """The agent's objects: `git` acts on them in `repository`, and reaches the server at `url`."""

    git: Git
    repository: Path
    url: str

    def as_pointers(self, base: str, tree: str) -> str:
        """The tree with pointers in place of what it adds to a base; as it was where the server did not take the contents, which is told."""
        found = self.plain(base, tree)
        if not found:
            return tree
        missing = "git-lfs is not installed where work is published"
        if pointers.installed(self.git):
            made = {each.path: self._pointer(each) for each in found}
            missing = pointers.upload(self.git, self.url, dict.fromkeys(oid for oid, _ in made.values()))
        if missing:
            _tell(found, f"the server did not get them: {missing}")
            return tree
        return self._replaced(tree, ((each, made[each.path][1]) for each in found))

    def tell(self, base: str, head: str) -> None:
        """Say which files the agent committed as they are: its commits are its own, and stay so."""
        if found := self.plain(base, head):
            _tell(found, "with git-lfs in the agent's image, what it commits are pointers")

    def plain(self, base: str, tree: str) -> list[Addition]:
        """What a tree or commit adds or changes over a base as it is, though its attributes give it to git-lfs."""
        if base == tree or not pointers.used(self.git, (tree,)):
            return []
        files = [each for each in additions(self.git, base, tree) if each.mode.startswith("100")]
        given = set(self._given(tree, [each.path for each in files]))
        kept = {each.path for each in pointers.changed(self.git, files)}
        return [each for each in files if each.path in given - kept and not self._empty(each.sha)]

    def _given(self, tree: str, paths: list[str]) -> Iterator[str]:
        """Those paths that the attributes of a tree give to git-lfs."""
        with self._index(tree) as git:
            asked = "".join(f"{path}\0" for path in paths)
            fields = git.run("check-attr", "--cached", "--stdin", "-z", "filter", text=asked).split("\0")
        yield from (path for path, value in zip(fields[::3], fields[2::3], strict=False) if value == "lfs")

    def _empty(self, blob: str) -> bool:
        # git-lfs leaves an empty file as it is.
        return self.git.run("cat-file", "-s", blob).strip() == "0"

    def _pointer(self, file: Addition) -> tuple[str, str]:
        """Put the contents where git-lfs looks for them. Their name, and that of the blob which stands for them."""
        digest, size = hashlib.sha256(), 0
        draft = self.repository / "lfs" / "draft"
        draft.parent.mkdir(exist_ok=True)
        with draft.open("w+b") as stream:
            self.git.store(stream, "cat-file", "blob", file.sha)
            stream.seek(0)
            for data in iter(lambda: stream.read(_CHUNK), b""):
                digest.update(data)
                size += len(data)
        oid = digest.hexdigest()
        place = pointers.place(self.repository, oid)
        place.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(place)
        text = pointers.text(oid, size)
        return oid, self.git.run("hash-object", "-w", "--stdin", text=text).strip()

    def _replaced(self, tree: str, files: Iterable[tuple[Addition, str]]) -> str:
        rows = "".join(f"{each.mode} {blob}\t{each.path}\0" for each, blob in files)
        with self._index(tree) as git:
            git.run("update-index", "-z", "--index-info", text=rows)
            return git.run("write-tree", "--missing-ok").strip()

    @contextlib.contextmanager
    def _index(self, tree: str) -> Iterator[Git]:
        """Git with an index of its own that holds a tree."""
        with tempfile.TemporaryDirectory() as folder:
            git = self.git.having(GIT_INDEX_FILE=Path(folder) / "index")
            git.run("read-tree", tree)
            yield git


def _tell(files: list[Addition], why: str) -> None:
    """Say that files are published as they are, though git-lfs should keep them."""
    named = ", ".join(each.path for each in files[:_NAMED]) + (" ..." if files[_NAMED:] else "")
    say(f"{named}: .gitattributes gives them to git-lfs, and they are published as they are; {why}")
