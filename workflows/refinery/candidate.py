"""Builds what may become the target: beads stacked on it without a work tree, and the commit that closes them.

A candidate is a function of the target and the entries alone, author, dates and all. So the container with the push key
builds it again instead of trusting what the gates, which run agents' code, left behind.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from workflows.orders import TrainOrders
from workflows.refinery.message import message, people, traces
from workflows.refinery.queue import Queued
from workflows.steps.git import signing
from workflows.steps.git.command import Git, failed
from workflows.steps.git.identity import author, committer, ident

MERGE_STYLE, REBASE_STYLE = "merge", "rebase"
_DATE = re.compile(r"\d{1,11} [+-]\d{4}")
_FIELDS = ("%H", "%T", "%P", "%an", "%ae", "%ad", "%(trailers:only=true,unfold=true)", "%B")


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
    """Entries on a target, in order. `closing` is the commit on top of them that closes their beads, where there is one; `tree` is
    that of the tip.
    """

    base: str
    landed: tuple[Landed, ...]
    dropped: tuple[Dropped, ...]
    tree: str
    closing: str = ""

    @property
    def tip(self) -> str:
        """What the target's head becomes."""
        return self.closing or (self.landed[-1].sha if self.landed else self.base)


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


class Builder(NamedTuple):
    """Stacks entries on one target. `time` is the target's commit time: the history's dates never run backwards.

    `made` keeps the stacks of this process, by target and tags: what was tried is not built again to be landed. `close` adds the
    commit that closes beads.
    """

    git: Git
    train: TrainOrders
    target: str
    tree: str
    time: int
    made: dict[tuple[str, ...], Stack]
    close: Callable[[Stack], Stack]

    def stack(self, entries: Iterable[Queued]) -> Stack:
        """Stack what merges cleanly, in order; an entry that changes nothing stands for the commit that it found."""
        wanted = tuple(entries)
        key = (self.target, *(each.tag for each in wanted))
        if key not in self.made:
            self.made[key] = self.close(self._stack(wanted))
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
        return Stack(base=self.target, landed=tuple(landed), dropped=tuple(dropped), tree=tree)

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
        commits = self._commits(tip, queued)
        if self.train.style == REBASE_STYLE and (
            replayed := self._replayed(tip, tree, queued, commits, time)
        ):
            return replayed
        own = f"{queued.author} <{queued.email}>"
        carried = people(
            _trailers(commits),
            (f"{each.name} <{each.email}>" for each in commits if not each.parents[1:]),
            own,
        )
        parents = [tip, *([queued.sha] if self.train.style == MERGE_STYLE else [])]
        text = message(
            queued,
            gates=[gate.name for gate in self.train.gates],
            people=self._signed(carried, time),
            subjects=[each.text.partition("\n")[0] for each in commits if not each.parents[1:]],
        )
        return self._made(tree, parents, text, self._author(queued), time)

    def _commits(self, tip: str, queued: Queued) -> list[Commit]:
        """The commits of a bead's work that the target lacks, oldest first."""
        # A letter before each: no field is empty, so that only a row's end can read NUL NUL.
        form = "%x00".join(f"={field}" for field in _FIELDS) + "%x00%x00"
        told = self.git.run(
            "log", "--reverse", "--date=raw", f"--format={form}", f"{tip}..{queued.sha}", "--"
        )
        rows = (
            [field[1:] for field in row.lstrip("\n").split("\0")]
            for row in told.split("\0\0")
            if row.strip("\n")
        )
        return [Commit(row[0], row[1], tuple(row[2].split()), *row[3:8]) for row in rows]

    def _replayed(self, tip: str, tree: str, queued: Queued, commits: list[Commit], time: int) -> str | None:
        """The commits one by one on the tip; None where that is not the change that was merged, as after a merge in between."""
        if any(len(each.parents) != 1 for each in commits):
            return None
        head, at = tip, self._tree(tip)
        for each in commits:
            # A commit of the tip's files on the old parent makes that parent the merge base, which merge-tree can't be told.
            bridge = self._made(at, [each.parents[0]], "bridge\n", self._author(queued), time)
            picked, files = self._merge(bridge, each.sha)
            if files is not None:
                return None
            if picked != at:
                trail = self._signed(traces(queued), time)
                text = _with_trailers(each.text, [line for line in trail if line not in each.text])
                person = author(each.name, each.email, _date(each.date, time))
                head, at = self._made(picked, [head], text, person, time), picked
        return head if at == tree else None

    def _tree(self, commit: str) -> str:
        return self.git.run("rev-parse", "--verify", f"{commit}^{{tree}}").strip()

    def _author(self, queued: Queued) -> Mapping[str, str]:
        return author(queued.author, queued.email, _date(queued.authored, queued.entry.published))

    def _signed(self, trailers: list[str], time: int) -> list[str]:
        """With the refinery's own sign-off, where the rig asks for one."""
        if not self.train.sign_off:
            return trailers
        person = ident(*self.train.merger, time).rpartition(">")[0]
        return list(dict.fromkeys([*trailers, f"Signed-off-by: {person}>"]))

    def _made(
        self, tree: str, parents: Iterable[str], text: str, person: Mapping[str, str], time: int
    ) -> str:
        variables = {**person, **committer(*self.train.merger, time)}
        words = [word for parent in parents for word in ("-p", parent)]
        git = self.git.having(**variables)
        return git.run("commit-tree", *signing.flags(git), tree, *words, "-F", "-", text=text).strip()


def _trailers(commits: Iterable[Commit]) -> list[tuple[str, str]]:
    """Key and value of all trailers of all commits."""
    lines = (line.partition(": ") for each in commits for line in each.trailers.splitlines())
    return [(key, value) for key, _, value in lines if value]


def _with_trailers(text: str, trailers: list[str]) -> str:
    """A message with more trailers: in its last paragraph where that holds some already."""
    body = text.rstrip()
    last = body.rpartition("\n\n")[2]
    joined = all(re.match(r"[A-Za-z-]+: ", line) for line in last.splitlines()) and "\n\n" in body
    return body + ("\n" if joined else "\n\n") + "\n".join(trailers) + "\n"


def _date(told: str, otherwise: int) -> str:
    """A commit's date in git's raw form; another where it holds one that git would not write again."""
    return told if _DATE.fullmatch(told) else f"{max(otherwise, 0)} +0000"
