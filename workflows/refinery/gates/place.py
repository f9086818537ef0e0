"""A fresh place for every run: a work tree, a home and a folder for temporary files that nothing was left in."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from workflows.refinery.queue.store import lay_borrower
from workflows.steps.git import pointers
from workflows.steps.git.command import Git
from workflows.steps.git.submodules import NESTED, Modules, linked
from workflows.steps.pod.private import remove_tree

_SECRET = re.compile(
    r"^(GIT_|GASTOWN_|SSH_|ARGO_|KUBERNETES_)|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY"
)
_OF_THE_HOME = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")
CACHE = "GASTOWN_GATE_CACHE"
"""The folder that gates keep things in between runs, where the rig has one."""

_TOOLS = {
    "ASDF_DATA_DIR": ".asdf",
    "CARGO_HOME": ".cargo",
    "NVM_DIR": ".nvm",
    "PYENV_ROOT": ".pyenv",
    "RUSTUP_HOME": ".rustup",
    "SDKMAN_DIR": ".sdkman",
    "VOLTA_HOME": ".volta",
}
"""Where toolchains lie that a person installed into their home: a gate on one machine needs them, its own home is empty."""


class Place(NamedTuple):
    """One run's own folder. `store` is what the work tree borrows its objects from, and holds what git-lfs keeps; `modules` submodules."""

    room: Path
    store: Path
    git: Git
    modules: Modules

    @property
    def tree(self) -> Path:
        """The work tree."""
        return self.room / "tree"

    def lay(self, commit: str) -> None:
        """Check a commit out where nothing is left of an earlier run."""
        remove_tree(self.room)
        for name in ("home", "tmp"):
            (self.room / name).mkdir(parents=True)
        git = self._checkout(self.tree, self.store, commit)
        if (self.store / "lfs").is_dir() and pointers.installed(git):
            pointers.replace(git, self.store / "lfs")
        if self.modules.directory.is_dir():
            self._modules(self.tree, git, self.modules.url, commit, NESTED)

    def _checkout(self, tree: Path, lender: Path, commit: str) -> Git:
        directory = tree / ".git"
        lay_borrower(directory, lender)
        (directory / "HEAD").write_text(f"{commit}\n", encoding="ascii")
        git = self.git.having(GIT_DIR=directory, GIT_WORK_TREE=tree, GIT_LFS_SKIP_SMUDGE="1").within(tree)
        git.run("reset", "--quiet", "--hard", commit, "--")
        return git

    def _modules(self, tree: Path, git: Git, url: str, commit: str, depth: int) -> None:
        """Lay the submodules that were brought where their links stand."""
        for each in linked(git, url, commit) if depth else ():
            if self.modules.has(each.commit):
                inner = self._checkout(tree / each.path, self.modules.directory, each.commit)
                self._modules(tree / each.path, inner, each.url, each.commit, depth - 1)

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of a gate: its own home and temporary files, what was kept for it, and nothing that it could steal."""
        home = Path(environ.get("HOME", "") or os.devnull)
        tools = {name: str(home / folder) for name, folder in _TOOLS.items() if (home / folder).is_dir()}
        kept = {key: value for key, value in scrubbed(environ).items() if key not in _OF_THE_HOME}
        if cache := environ.get(CACHE):
            kept |= {CACHE: cache, "XDG_CACHE_HOME": cache}
        return {**tools, **kept, "HOME": str(self.room / "home"), "TMPDIR": str(self.room / "tmp")}


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for code that agents wrote: no credentials, none of our own variables."""
    kept = {key: value for key, value in environ.items() if not _SECRET.search(key.upper())}
    return {**kept, "CI": "true"}
