"""Builds what may become the target: each bead one commit, stacked, without a work tree.

A candidate is a function of the target and the entries alone, author, dates and all. So the container with the push key
builds it again instead of trusting what the gates, which run agents' code, left behind.
"""

from collections.abc import Iterable
from typing import NamedTuple

from workflows.refinery.queue import Queued
from workflows.steps.git import Git, failed
from workflows.steps.identity import author, committer, one_line

MERGE_STYLE = "merge"
HEAD_TRAILER = "Gastown-Head"
"""The trailer that names the published commit: what a squash was made of."""


class Landed(NamedTuple):
    """One bead on the stack: `sha` carries it on the target. `empty` when the target held the change already."""

    queued: Queued
    sha: str
    empty: bool = False


class Dropped(NamedTuple):
    """An entry that does not merge cleanly, and the files it disagrees about."""

    queued: Queued
    files: tuple[str, ...]


class Stack(NamedTuple):
    """Entries on a target, in order. `closing` is the commit on top of them that closes their beads, where there is one."""

    base: str
    landed: tuple[Landed, ...]
    dropped: tuple[Dropped, ...]
    closing: str = ""

    @property
    def tip(self) -> str:
        """What the target's head becomes."""
        return self.closing or (self.landed[-1].sha if self.landed else self.base)


class Builder(NamedTuple):
    """Stacks entries on one target. `time` is the target's commit time: the history's dates never run backwards.

    `made` keeps the stacks of this process, by target and tags: what was tried is not built again to be landed.
    """

    git: Git
    target: str
    tree: str
    time: int
    style: str
    name: str
    email: str
    made: dict[tuple[str, ...], Stack]

    def stack(self, entries: Iterable[Queued]) -> Stack:
        """Stack what merges cleanly, in order; an entry that changes nothing stands for the commit that it found."""
        wanted = tuple(entries)
        key = (self.target, *(each.tag for each in wanted))
        if key not in self.made:
            self.made[key] = self._stack(wanted)
        return self.made[key]

    def _stack(self, entries: Iterable[Queued]) -> Stack:
        landed: list[Landed] = []
        dropped: list[Dropped] = []
        tip, tree, time = self.target, self.tree, self.time
        for queued in entries:
            merged, files = self._merge(tip, queued.sha)
            if files is not None:
                dropped.append(Dropped(queued=queued, files=files))
            elif merged == tree:
                landed.append(Landed(queued=queued, sha=tip, empty=True))
            else:
                time = max(time, queued.entry.published)
                tip, tree = self._commit(tip, merged, queued, time), merged
                landed.append(Landed(queued=queued, sha=tip))
        return Stack(base=self.target, landed=tuple(landed), dropped=tuple(dropped))

    def _merge(self, tip: str, head: str) -> tuple[str, tuple[str, ...] | None]:
        """The merged tree, and None or the conflicting files."""
        done = self.git.call("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", tip, head)
        if done.code == 0:
            return done.out.rstrip("\0\n"), None
        if "unrelated histories" in done.err:
            return "", ("all files: the branch shares no history with the target",)
        if done.code != 1:
            raise failed("merge-tree", done)
        return "", tuple(dict.fromkeys(name for name in done.out.split("\0")[1:] if name))

    def _commit(self, tip: str, tree: str, queued: Queued, time: int) -> str:
        parents = ["-p", tip, *(["-p", queued.sha] if self.style == MERGE_STYLE else [])]
        variables = {
            **author(queued.author, queued.email, queued.authored),
            **committer(self.name, self.email, time),
        }
        text = message(queued)
        return self.git.having(**variables).run("commit-tree", tree, *parents, "-F", "-", text=text).strip()


def message(queued: Queued) -> str:
    """What the target's history says of a bead: its title, and where it came from."""
    entry = queued.entry
    title = one_line(entry.title)
    subject = f"{title} ({entry.bead})" if title else entry.bead
    trailers = {"Gastown-Bead": entry.bead, "Gastown-Convoy": entry.convoy, HEAD_TRAILER: queued.sha}
    lines = (f"{key}: {one_line(value)}" for key, value in trailers.items())
    return f"{subject}\n\n" + "\n".join(lines) + "\n"
