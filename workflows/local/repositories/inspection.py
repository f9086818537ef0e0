"""What the town asks of a rig's repository before any polecat runs: that it answers, what its branch is, and its beads."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from workflows import programs, refs
from workflows.beads import Beads, parse_beads
from workflows.beadstore import files
from workflows.clean import clip
from workflows.errors import Refused, Unavailable
from workflows.steps.git.command import FULL

TIMEOUT = 60
"""Seconds that a repository may take to answer."""

_WORDS = 1000
"""Bytes of git's words: a server may say what it likes."""

_GITS_ADVICE = """fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists."""
"""Follows each reason that git gives; ours is shorter."""


def default_branch(url: str) -> str:
    """The branch that the repository's HEAD names or, where that is not there, its only one.

    Raises Unavailable when it does not answer, Refused when it is empty, or the branch has to be named.
    """
    answer = git("ls-remote", "--symref", "--", url, "HEAD", url=url)
    for line in answer.splitlines():
        if line.startswith("ref: refs/heads/"):
            return line.split("\t")[0].removeprefix("ref: refs/heads/")
    branches = sorted(_branches(url))
    if not branches:
        raise Refused(f"repository {url}: it has no commits yet; push a first commit and try again")
    if branches[1:]:
        raise Refused(
            f"repository {url}: its HEAD names no branch that is there; name one with --base-branch, "
            f"of {', '.join(branches[:8])}{' ...' if branches[8:] else ''}"
        )
    return branches[0]


def check_branch(url: str, branch: str) -> None:
    """Raise Refused when the repository lacks the branch, or can't be worked on."""
    branches = _branches(url)
    if branch not in branches:
        raise Refused(
            f"repository {url}: it has no branch {branch}; push it, or name another with --base-branch"
        )
    if problem := refs.unworkable(branches[branch], in_the_way=refs.IN_THE_WAY in branches):
        raise Refused(f"repository {url}: {problem}")


def keeps_large_files(url: str, branch: str) -> bool:
    """Whether the attributes on a branch ask for git-lfs. Raises Unavailable."""
    with scratch(url) as repository:
        small = ("--depth=1", "--filter=blob:limit=64k")
        git("fetch", "--quiet", *small, "--", url, refs.head(branch), url=url, repository=repository)
        names = git("ls-tree", "-r", "-z", "--name-only", "FETCH_HEAD", url=url, repository=repository)
        files = [each for each in names.split("\0") if each.rpartition("/")[2] == ".gitattributes"]
        told = (
            git("cat-file", "blob", f"FETCH_HEAD:{each}", url=url, repository=repository) for each in files
        )
        return any("filter=lfs" in each for each in told)


def identity() -> dict[str, str]:
    """Name and address that the user commits under, as `author` and `email`; nothing where git knows neither."""
    lines = ""
    with contextlib.suppress(Unavailable):
        lines = git("config", "-z", "--get-regexp", r"^user\.(name|email)$", url="")
    # Of two values of a key git takes the last.
    told = dict(line.partition("\n")[::2] for line in lines.split("\0"))
    found = {"author": told.get("user.name", "").strip(), "email": told.get("user.email", "").strip()}
    return found if all(found.values()) else {}


def _branches(url: str) -> dict[str, str]:
    """The repository's branches, and the commits they are at."""
    lines = git("ls-remote", "--heads", "--", url, url=url).splitlines()
    rows = (line.partition("\trefs/heads/") for line in lines)
    return {name: sha for sha, _, name in rows if name}


def committed_beads(url: str, branch: str, path: str, *, cache: Path) -> Beads:
    """The beads that stand in the repository. Commands that ask at once take turns. Without a file there are none, and a note."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "beads.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = _committed(url, branch, files.places(path), cache / "beads.git")
    if found is not None:
        place, text = found
        return parse_beads(text, source=f"{url} {branch}:{place}")
    none = Beads()
    looked = " or ".join(files.places(path))
    none.notes = (
        f"repository {url}: {branch} has no file {looked}; commit the beads there, or name the file",
    )
    return none


def _committed(url: str, branch: str, places: tuple[str, ...], repository: Path) -> tuple[str, str] | None:
    """The first file that is there, and its text."""
    try:
        _fetch(url, branch, repository)
    except Unavailable:
        # A killed fetch leaves locks that git never removes; the copy is a cache, so it is made anew.
        shutil.rmtree(repository, ignore_errors=True)
        _fetch(url, branch, repository)
    for place in places:
        if git("ls-tree", "FETCH_HEAD", "--", place, url=url, repository=repository):
            return place, git("cat-file", "blob", f"FETCH_HEAD:{place}", url=url, repository=repository)
    return None


def _fetch(url: str, branch: str, repository: Path) -> None:
    git("init", "--quiet", "--bare", str(repository), url=url)
    git("fetch", "--quiet", "--depth=1", "--", url, f"refs/heads/{branch}", url=url, repository=repository)


@contextlib.contextmanager
def scratch(url: str) -> Iterator[Path]:
    """An empty repository for one question about another. Raises Unavailable."""
    with tempfile.TemporaryDirectory() as place:
        git("init", "--quiet", "--bare", place, url=url)
        yield Path(place)


def fetch_heads(url: str, repository: Path, *refspecs: str) -> None:
    """Bring the last commits of refs alone: no tree and no file. Raises Unavailable."""
    few = ("--depth=1", "--filter=tree:0", "--no-tags")
    git("fetch", "--quiet", *few, "--", url, *refspecs, url=url, repository=repository)


def git(*arguments: str, url: str, repository: Path | None = None) -> str:
    """Run git about a repository, with the user's own set-up. Raises Unavailable with git's words."""
    where = ["--git-dir", str(repository)] if repository else []
    try:
        done = programs.ended(
            ["git", *where, *arguments],
            environment=os.environ | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
            limit=TIMEOUT,
        )
    except FileNotFoundError as error:
        raise Unavailable("git is not installed, or not on PATH; install git 2.38 or newer") from error
    if done.code == programs.LATE:
        raise Unavailable(f"repository {url}: no answer in {TIMEOUT} s; check the address and the network")
    if done.code:
        said = done.err.decode("utf-8", "replace")
        words = " ".join(said.replace(_GITS_ADVICE, "").split()) or f"git exited with {done.code}"
        step = (
            "free some" if any(sign in said for sign in FULL) else "check the address and your access to it"
        )
        raise Unavailable(f"repository {url}: {clip(words.rstrip('.'), _WORDS)}; {step}")
    return done.out.decode("utf-8", "replace")
