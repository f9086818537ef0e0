"""The agent's work tree, read through a git directory of our own.

The agent can write `.git/config` and hooks; git run there with the push key would run whatever they name. So publish
borrows the agent's objects and files, and nothing else.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from workflows.steps.checkout import Layout, lay_bare
from workflows.steps.git import Git
from workflows.steps.speech import say

_EMBEDDED = "adding embedded git repository"


class Tip(NamedTuple):
    """A commit and its tree."""

    sha: str
    tree: str


class View(NamedTuple):
    """What the agent has made so far. `git` acts on the private directory, `theirs` is the agent's `.git`."""

    git: Git
    theirs: Path
    private: Path

    @classmethod
    def open(cls, git: Git, repo: Path, private: Path, layout: Layout) -> "View":
        """Make the private git directory over the agent's repository."""
        directory, theirs = private / "view.git", repo / ".git"
        lay_bare(directory, theirs / "objects")
        (directory / "config").write_text(layout.config(), encoding="utf-8")
        for name in ("shallow", "info/exclude"):
            if (theirs / name).is_file():
                (directory / name).write_bytes((theirs / name).read_bytes())
        ours = git.having(GIT_DIR=directory, GIT_WORK_TREE=repo, GIT_INDEX_FILE=private / "index")
        return cls(ours.within(repo), theirs, private)

    def head(self) -> Tip:
        """The commit that the agent stands on. Raises GitFailed when it broke its repository."""
        git = self.git.having(GIT_DIR=self.theirs)
        sha, tree = git.run("rev-parse", "HEAD^{commit}", "HEAD^{tree}").split()
        return Tip(sha, tree)

    def branch(self, name: str) -> Tip | None:
        """The commit of a branch in the agent's repository."""
        ref = f"refs/heads/{name}"
        done = self.git.having(GIT_DIR=self.theirs).call("rev-parse", f"{ref}^{{commit}}", f"{ref}^{{tree}}")
        return Tip(*done.out.split()) if done.code == 0 else None

    def merging(self) -> str:
        """The commit of a merge that the agent has not committed yet, or nothing."""
        try:
            return (self.theirs / "MERGE_HEAD").read_text(encoding="ascii").split()[0]
        except (OSError, IndexError, UnicodeDecodeError):
            return ""

    def files(self) -> str:
        """The tree of all files as they are, .gitignore respected, without touching the agent's index."""
        return self._staged() or self._staged_around(self._nested())

    def _staged(self) -> str | None:
        """The tree of the work tree, or None when git could not take all of it as files.

        A repository that the agent made in the work tree is no submodule: git would record a link to nowhere.
        """
        self._borrow_index()
        done = self.git.call("add", "--all", "--", ".")
        if done.code or _EMBEDDED in done.err:
            return None
        return self.git.run("write-tree").strip()

    def _staged_around(self, nested: Sequence[str]) -> str:
        """The tree of all that git can take: an unreadable file must not cost the readable ones."""
        self._borrow_index()
        around = (f":(exclude,top,literal){path}" for path in nested)
        done = self.git.call("add", "--all", "--ignore-errors", "--", ".", *around)
        left = [*nested, *done.err.splitlines()]
        if left:
            say(f"left out of the work: {'; '.join(left[:5])}")
        return self.git.run("write-tree").strip()

    def _borrow_index(self) -> None:
        """Start from the agent's index: it remembers which files are unchanged, so a snapshot stays cheap."""
        copy = self.private / "index"
        try:
            copy.write_bytes((self.theirs / "index").read_bytes())
        except FileNotFoundError:
            copy.unlink(missing_ok=True)

    def _nested(self) -> list[str]:
        """Repositories that lie in the work tree, as paths in it; true submodules stay."""
        repo = self.theirs.parent
        declared = set(self._submodules())
        found: list[str] = []
        for directory, folders, names in os.walk(repo):
            here = Path(directory)
            if here != repo and (".git" in folders or ".git" in names):
                path = here.relative_to(repo).as_posix()
                found += [] if path in declared else [path]
                folders.clear()
            folders[:] = [each for each in folders if each != ".git"]
        return found

    def _submodules(self) -> list[str]:
        done = self.git.call("config", "--file", ".gitmodules", "--get-regexp", r"\.path$")
        return [line.partition(" ")[2] for line in done.out.splitlines()]
