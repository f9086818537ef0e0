"""Builds what may become the target: beads stacked on it without a work tree, and the commit that closes them.

A candidate is a function of the target and the entries alone, author, dates and all. So the container with the push key
builds it again instead of trusting what the gates, which run agents' code, left behind.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Self

from workflows.orders import TrainOrders
from workflows.refinery.candidate.commits import MERGE_STYLE, Carriers
from workflows.refinery.candidate.stack import Dropped, Landed, Stack
from workflows.refinery.candidate.work import Commit, listed, merged
from workflows.refinery.queue.order import Queued
from workflows.steps.errors import GitFailed
from workflows.steps.git.command import Git


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
        """Whatever git can't do with the objects of one entry stops that entry, and none beside it."""
        try:
            return self._merged(stack, queued)
        except GitFailed as error:
            return stack._replace(dropped=(*stack.dropped, Dropped(queued, (), str(error))))

    def _merged(self, stack: Stack, queued: Queued) -> Stack:
        tree, files = merged(self.git, stack.tip, queued.sha)
        if files is not None:
            return stack._replace(dropped=(*stack.dropped, Dropped(queued=queued, files=files)))
        if tree == stack.tree:
            return stack._replace(landed=(*stack.landed, Landed(queued=queued, sha=stack.tip, empty=True)))
        below = (each.queued.entry.published for each in stack.landed if not each.empty)
        time = max(self.time, queued.entry.published, *below)
        work = self._work(stack.tip, queued)
        sha = Carriers(self.git, self.train, stack, queued, tree, time, work).write()
        return stack._replace(landed=(*stack.landed, Landed(queued=queued, sha=sha)), tree=tree)

    def _work(self, tip: str, queued: Queued) -> list[Commit]:
        """The commits of a bead's work that the tip lacks, oldest first."""
        # Only a merge commit brings others' work as it was; any other stack lacks of this work what the target lacks.
        tip = tip if self.train.style == MERGE_STYLE else self.target
        key = (tip, queued.sha)
        if key not in self.made.work:
            self.made.work[key] = listed(self.git, tip, queued.sha)
        return self.made.work[key]
