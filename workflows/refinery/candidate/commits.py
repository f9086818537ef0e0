"""The commits that carry a bead on the target: one of its own, a merge of its work, or its work once more.

They are a function of the stack, the entry and the work, author, dates and all.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from workflows.clean import lines
from workflows.orders import TrainOrders
from workflows.refinery.candidate.message import message, people, traces
from workflows.refinery.candidate.stack import Stack
from workflows.refinery.candidate.work import Commit, merged, trailers
from workflows.refinery.queue.order import Queued
from workflows.steps.git import signing
from workflows.steps.git.command import Git
from workflows.steps.git.identity import author, committer, ident

MERGE_STYLE, REBASE_STYLE = "merge", "rebase"
_DATE = re.compile(r"\d{1,11} [+-]\d{4}")


class Carriers(NamedTuple):
    """What is written on top of a `stack` for one entry, whose merge with it has this `tree`. `time` is when, for the committer."""

    git: Git
    train: TrainOrders
    stack: Stack
    queued: Queued
    tree: str
    time: int
    work: list[Commit]

    def write(self) -> str:
        """Make them. Returns the last one, which has the tree."""
        replayed = self._replayed() if self.train.style == REBASE_STYLE else None
        return replayed or self._single()

    def _single(self) -> str:
        own = f"{self.queued.author} <{self.queued.email}>"
        plain = [each for each in self.work if not each.parents[1:]]
        carried = people(trailers(self.work), (f"{each.name} <{each.email}>" for each in plain), own)
        text = message(
            self.queued,
            gates=[gate.name for gate in self.train.gates],
            people=self._signed(carried),
            subjects=[each.text.partition("\n")[0] for each in plain],
        )
        parents = [self.stack.tip, *([self.queued.sha] if self.train.style == MERGE_STYLE else [])]
        return self._made(self.tree, parents, text, self._author)

    def _replayed(self) -> str | None:
        """The commits one by one on the tip; None where that is not the change that was merged, as after a merge in between."""
        if any(len(each.parents) != 1 for each in self.work):
            return None
        head, at = self.stack.tip, self.stack.tree
        for each in self.work:
            # A commit of the tip's files on the old parent makes that parent the merge base, which merge-tree can't be told.
            bridge = self._made(at, [each.parents[0]], "bridge\n", self._author)
            picked, files = merged(self.git, bridge, each.sha)
            if files is not None:
                return None
            if picked != at:
                trail = self._signed(traces(self.queued))
                told = lines(each.text)
                text = _with_trailers(told, [line for line in trail if line not in told])
                person = author(each.name, each.email, _date(each.date, self.time))
                head, at = self._made(picked, [head], text, person), picked
        return head if at == self.tree else None

    @property
    def _author(self) -> Mapping[str, str]:
        queued = self.queued
        return author(queued.author, queued.email, _date(queued.authored, queued.entry.published))

    def _signed(self, lines: list[str]) -> list[str]:
        """With the refinery's own sign-off, where the rig asks for one."""
        if not self.train.sign_off:
            return lines
        person = ident(*self.train.merger, self.time).rpartition(">")[0]
        return list(dict.fromkeys([*lines, f"Signed-off-by: {person}>"]))

    def _made(self, tree: str, parents: Iterable[str], text: str, person: Mapping[str, str]) -> str:
        variables = {**person, **committer(*self.train.merger, self.time)}
        words = [word for parent in parents for word in ("-p", parent)]
        git = self.git.having(**variables)
        return git.run("commit-tree", *signing.flags(git), tree, *words, "-F", "-", text=text).strip()


def _with_trailers(text: str, trailers: list[str]) -> str:
    """A message with more trailers: in its last paragraph where that holds some already."""
    body = text.rstrip()
    last = body.rpartition("\n\n")[2]
    joined = all(re.match(r"[A-Za-z-]+: ", line) for line in last.splitlines()) and "\n\n" in body
    return body + ("\n" if joined else "\n\n") + "\n".join(trailers) + "\n"


def _date(told: str, otherwise: int) -> str:
    """A commit's date in git's raw form; another where it holds one that git would not write again."""
    return told if _DATE.fullmatch(told) else f"{max(otherwise, 0)} +0000"
