"""A rig's bare repository with a person's checkout beside it, copied from one that each process makes once.

Both have one store of objects, so that a person's push is a ref that moves: tests push some thousand times.
"""

import atexit
import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

UNCOLLECTED = "[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[receive]\n\tautogc = false\n"
"""For git's configuration: repositories that live for seconds need no collection of garbage, which costs a process after each push."""

CONFIG = f"[user]\n\tname = Max\n\temail = max@example.org\n[init]\n\tdefaultBranch = main\n{UNCOLLECTED}"


class Repository:
    """`origin.git` and `seed` below a folder, `main` with one commit that holds a README."""

    def __init__(self, root: Path, *, readme: str) -> None:
        self.root = root
        self.origin, self.seed = root / "origin.git", root / "seed"
        self.environ = environment(root)
        shutil.copytree(_made(readme), root, symlinks=True, dirs_exist_ok=True)

    def git(self, *arguments: object, cwd: Path | None = None, text: str | None = None) -> str:
        """Run the person's own git, in the bare repository by default, and take what it printed."""
        return git(*arguments, cwd=cwd or self.origin, environ=self.environ, text=text)

    def commit(self, subject: str, files: dict[str, str], *, branch: str, start: str | None = None) -> str:
        """Push one commit by a person to a branch, on top of `start` or of where the checkout stands."""
        if start:
            self.git("checkout", "--quiet", "--detach", start, cwd=self.seed)
        for name, content in files.items():
            path = self.seed / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        self.git("add", "--all", cwd=self.seed)
        self.git("commit", "--quiet", "--allow-empty", "--message", subject, cwd=self.seed)
        sha = self.git("rev-parse", "HEAD", cwd=self.seed)
        if self.origin == self.root / "origin.git":
            self.git("update-ref", f"refs/heads/{branch}", sha)
        else:  # a test has put another repository in its place
            self.git("push", "--quiet", "--force", self.origin, f"HEAD:refs/heads/{branch}", cwd=self.seed)
        return sha


def environment(root: Path) -> dict[str, str]:
    """What the person's git sees: nothing of this machine but its programs."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(root / "home"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(root / "gitconfig"),
    }


def uncollected(origin: Path) -> None:
    """Let no push to a bare repository start a collection of garbage."""
    with (origin / "config").open("a") as config:
        config.write(UNCOLLECTED)


def git(*arguments: object, cwd: Path, environ: dict[str, str], text: str | None = None) -> str:
    """Run git and take what it printed; what it says of an error fails the test."""
    done = subprocess.run(
        ("git", *map(str, arguments)),
        cwd=cwd,
        env=environ,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@functools.cache
def _made(readme: str) -> Path:
    """The folder that is copied; it stays until the process ends."""
    root = Path(tempfile.mkdtemp(dir=_kept()))
    origin, seed, environ = root / "origin.git", root / "seed", environment(root)
    (root / "home").mkdir()
    (root / "gitconfig").write_text(CONFIG)
    git("init", "--quiet", "--bare", "--template=", origin, cwd=root, environ=environ)
    git("init", "--quiet", "--template=", seed, cwd=root, environ=environ)
    (origin / "hooks").mkdir()
    uncollected(origin)
    shutil.rmtree(seed / ".git" / "objects")
    (seed / ".git" / "objects").symlink_to("../../origin.git/objects")
    (seed / "README").write_text(readme)
    git("add", "--all", cwd=seed, environ=environ)
    git("commit", "--quiet", "--message", "first", cwd=seed, environ=environ)
    git(
        "update-ref",
        "refs/heads/main",
        git("rev-parse", "HEAD", cwd=seed, environ=environ),
        cwd=origin,
        environ=environ,
    )
    return root


@functools.cache
def _kept() -> Path:
    kept = tempfile.TemporaryDirectory(prefix="rigs-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT"))
    atexit.register(kept.cleanup)
    return Path(kept.name)
