"""The commits of a bead's work, as its branch has them, and whether it merges."""

import tempfile
from collections.abc import Iterable
from typing import NamedTuple

from workflows.refinery.candidate import attributes
from workflows.steps.errors import GitFailed
from workflows.steps.git.command import Git, failed

LONGEST = 16 << 20
"""Bytes of what all commits of one bead say: whoever may push can write as much as the server takes, and a batch waits for it."""

_MERGE = ("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z")
_FIELDS = ("%H", "%T", "%P", "%an", "%ae", "%ad", "%(trailers:only=true,unfold=true)", "%B")


class Commit(NamedTuple):
    """One commit of a bead's work."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    name: str
    email: str
    date: str
    trailers: str
    text: str


def listed(git: Git, tip: str, head: str) -> list[Commit]:
    """The commits of a head that the tip lacks, oldest first."""
    # A letter before each: no field is empty, so that only a row's end can read NUL NUL.
    form = "%x00".join(f"={field}" for field in _FIELDS) + "%x00%x00"
    with tempfile.TemporaryFile() as stream:
        limited = git.having(GIT_ALLOC_LIMIT=str(4 * LONGEST))
        limited.store(stream, "log", "--reverse", "--date=raw", f"--format={form}", f"{tip}..{head}", "--")
        if stream.tell() > LONGEST:
            raise GitFailed(
                f"the messages of the commits up to {head[:12]} are longer than {LONGEST >> 20} MiB"
            )
        stream.seek(0)
        told = stream.read().decode("utf-8", "replace")
    rows = (
        [field[1:] for field in row.lstrip("\n").split("\0")] for row in told.split("\0\0") if row.strip("\n")
    )
    return [Commit(row[0], row[1], tuple(row[2].split()), *row[3:8]) for row in rows]


def merged(git: Git, tip: str, head: str) -> tuple[str, tuple[str, ...] | None]:
    """The merged tree, and None or the conflicting files."""
    done = git.call(*_MERGE, tip, head)
    if done.code == 1:
        with attributes.heeded(git, tip, _named(done.out)) as words:
            done = git.call(*words, *_MERGE, tip, head) if words else done
    if done.code == 0:
        return done.out.rstrip("\0\n"), None
    if "unrelated histories" in done.err:
        return "", ("all files: the branch shares no history with the target",)
    if done.code != 1:
        raise failed("merge-tree", done)
    return "", _named(done.out)


def _named(told: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in told.split("\0")[1:] if name))


def trailers(commits: Iterable[Commit]) -> list[tuple[str, str]]:
    """Key and value of all trailers of all commits."""
    lines = (line.partition(": ") for each in commits for line in each.trailers.splitlines())
    return [(key, value) for key, _, value in lines if value]
