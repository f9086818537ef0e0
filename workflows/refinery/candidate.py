"""Builds what may become the target: beads stacked on it without a work tree, and the commit that closes them.

A candidate is a function of the target and the entries alone, author, dates and all. So the container with the push key
builds it again instead of trusting what the gates, which run agents' code, left behind.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Self

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


class Made(NamedTuple):
    """What this process has built: stacks by target and tags, with the commit that closes beads and without; and the commits of work.

    What was tried is not built again to be landed, and the parts of a batch that are tried share what they begin with.
    """

    whole: dict[tuple[str, ...], Stack]
    bare: dict[tuple[str, ...], Stack]
    work: dict[tuple[str, str], list[Commit]]

    @classmethod
    def nothing(cls) -> Self:
        """Nothing yet."""
        return cls({}, {}, {})


class Builder(NamedTuple):
    """Stacks entries on one target. `time` is the target's commit time: the history's dates never run backwards.

    `close` adds the commit that closes beads.
    """

    git: Git
    train: TrainOrders
    target: str
    tree: str
    time: int
    made: Made
    close: Callable[[Stack], Stack]

    def stack(self, entries: Iterable[Queued]) -> Stack:
        """Stack what merges cleanly, in order; an entry that changes nothing stands for the commit that it found."""
        wanted = tuple(entries)
        key = (self.target, *(each.tag for each in wanted))
        if key not in self.made.whole:
            self.made.whole[key] = self.close(self._stack(wanted))
        return self.made.whole[key]

    def _stack(self, entries: tuple[Queued, ...]) -> Stack:
        stack = Stack(base=self.target, landed=(), dropped=(), tree=self.tree)
        key: tuple[str, ...] = (self.target,)
        for queued in entries:
            key = (*key, queued.tag)
            if key not in self.made.bare:
                self.made.bare[key] = self._onto(stack, queued)
            stack = self.made.bare[key]
        return stack

    def _onto(self, stack: Stack, queued: Queued) -> Stack:
        merged, files = self._merge(stack.tip, queued.sha)
        if files is not None:
            return stack._replace(dropped=(*stack.dropped, Dropped(queued=queued, files=files)))
        if merged == stack.tree:
            return stack._replace(landed=(*stack.landed, Landed(queued=queued, sha=stack.tip, empty=True)))
        below = (each.queued.entry.published for each in stack.landed if not each.empty)
        sha = self._commit(stack, merged, queued, max(self.time, queued.entry.published, *below))
        return stack._replace(landed=(*stack.landed, Landed(queued=queued, sha=sha)), tree=merged)

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

    def _commit(self, stack: Stack, tree: str, queued: Queued, time: int) -> str:
        commits = self._commits(stack.tip, queued)
        if self.train.style == REBASE_STYLE and (
            replayed := self._replayed(stack, tree, queued, commits, time)
        ):
            return replayed
        own = f"{queued.author} <{queued.email}>"
        carried = people(
            _trailers(commits),
            (f"{each.name} <{each.email}>" for each in commits if not each.parents[1:]),
            own,
        )
        parents = [stack.tip, *([queued.sha] if self.train.style == MERGE_STYLE else [])]
        text = message(
            queued,
            gates=[gate.name for gate in self.train.gates],
            people=self._signed(carried, time),
            subjects=[each.text.partition("\n")[0] for each in commits if not each.parents[1:]],
        )
        return self._made(tree, parents, text, self._author(queued), time)

    def _commits(self, tip: str, queued: Queued) -> list[Commit]:
        """The commits of a bead's work that the tip lacks, oldest first."""
        # Only a merge commit brings others' work as it was; any other stack lacks of this work what the target lacks.
        tip = tip if self.train.style == MERGE_STYLE else self.target
        key = (tip, queued.sha)
        if key not in self.made.work:
            self.made.work[key] = self._listed(tip, queued.sha)
        return self.made.work[key]

    def _listed(self, tip: str, head: str) -> list[Commit]:
        # A letter before each: no field is empty, so that only a row's end can read NUL NUL.
        form = "%x00".join(f"={field}" for field in _FIELDS) + "%x00%x00"
        told = self.git.run("log", "--reverse", "--date=raw", f"--format={form}", f"{tip}..{head}", "--")
        rows = (
            [field[1:] for field in row.lstrip("\n").split("\0")]
            for row in told.split("\0\0")
            if row.strip("\n")
        )
        return [Commit(row[0], row[1], tuple(row[2].split()), *row[3:8]) for row in rows]

    def _replayed(
        self, stack: Stack, tree: str, queued: Queued, commits: list[Commit], time: int
    ) -> str | None:
        """The commits one by one on the tip; None where that is not the change that was merged, as after a merge in between."""
        if any(len(each.parents) != 1 for each in commits):
            return None
        head, at = stack.tip, stack.tree
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
