"""The one push of a merge: target, records and queue change together or not at all, each only from what was read."""

import contextlib
import enum
import time
from typing import NamedTuple

from workflows import refs
from workflows.orders import TaskOrders, TrainOrders
from workflows.refinery.candidate import Stack
from workflows.refinery.queue import Queued
from workflows.refinery.repository import Snapshot, Store
from workflows.steps import address
from workflows.steps.errors import Outrun, Refused, StepError
from workflows.steps.history import is_ancestor
from workflows.steps.identity import ident
from workflows.steps.remote import ABSENT, Answer, Remote, Update

CONTENTION = 0.2
"""Seconds until another push has let go of its locks."""

_CHECKED_OUT = "branch is currently checked out"


class Landing(enum.Enum):
    """How a push went when nobody refused it."""

    LANDED = enum.auto()
    MOVED = enum.auto()


class Lander(NamedTuple):
    """Pushes what was built from one snapshot."""

    remote: Remote
    store: Store
    train: TrainOrders
    task: TaskOrders
    snapshot: Snapshot

    def land(self, stack: Stack) -> Landing:
        """Push and read back. MOVED: others were first, so build again. Raises Refused with the repository's words."""
        updates = self._updates(stack)
        branch = self._branch(stack)
        answer = self.remote.push([*updates, *branch])
        if branch and set(_culprits(answer)) == {branch[0].ref}:
            answer = self.remote.push(updates)
        if answer.accepted:
            self._read_back(stack)
            return Landing.LANDED
        if answer.contended:
            time.sleep(CONTENTION)
            return Landing.MOVED
        now = self.remote.refs(*(update.ref for update in updates))
        if any(now.get(each.ref, ABSENT) != each.expected for each in updates if each.expected is not None):
            return Landing.MOVED
        raise self._refused(answer)

    def hold(self, own: Queued, why: str, at: int) -> None:
        """Keep an entry out of other beads' batches, best effort: it waits for its next attempt."""
        entry = own.entry._replace(held=why, retries=own.entry.retries + 1)
        tagger = ident(self.train.author, self.train.email, at)
        text = f"object {own.sha}\ntype commit\ntag {own.ref.removeprefix('refs/')}\ntagger {tagger}\n\n{entry.dump()}\n"
        tag = self.remote.git.run("mktag", text=text).strip()
        self.remote.push([Update(own.ref, tag, own.tag)])

    def tidy(self, head: str) -> None:
        """Remove branch and queue entry of a bead that is merged, unless they moved on since; best effort."""
        own = self.snapshot.own(self.task.bead)
        updates = [Update(own.ref, ABSENT, own.tag)] if own and own.sha == head else []
        if head and self.snapshot.branch == head:
            updates.append(Update(refs.head(self.task.branch), ABSENT, head))
        if updates:
            with contextlib.suppress(StepError):
                self.remote.push(updates)

    def _updates(self, stack: Stack) -> list[Update]:
        updates = (
            [Update(refs.head(self.train.target), stack.tip, stack.base)] if stack.tip != stack.base else []
        )
        for landed in stack.landed:
            entry = landed.queued.entry
            updates.append(Update(refs.merged(entry.convoy, entry.bead), landed.sha))
            updates.append(Update(landed.queued.ref, ABSENT, landed.queued.tag))
        return updates

    def _branch(self, stack: Stack) -> list[Update]:
        """The own work branch goes with its merge, while it is what was merged."""
        own = next((each.queued for each in stack.landed if each.queued.bead == self.task.bead), None)
        if own is None or self.snapshot.branch != own.sha:
            return []
        return [Update(refs.head(self.task.branch), ABSENT, own.sha)]

    def _read_back(self, stack: Stack) -> None:
        target = refs.head(self.train.target)
        records = {refs.merged(each.queued.entry.convoy, each.queued.bead): each.sha for each in stack.landed}
        now = self.remote.refs(target, *records)
        gone = [ref for ref, sha in records.items() if now.get(ref) != sha]
        if gone or not self._holds(now.get(target, ABSENT), stack.tip):
            raise Outrun(
                f"{address.shown(self.remote.url)} took the merge into {self.train.target} but does not show it "
                f"({', '.join(gone) or target}): run the step again"
            )

    def _holds(self, target: str, tip: str) -> bool:
        if target == tip:
            return True
        self.store.refresh()
        return is_ancestor(self.remote.git, tip, target)

    def _refused(self, answer: Answer) -> Refused:
        name, target = address.shown(self.remote.url), self.train.target
        reasons = "; ".join(f"{ref}: {why}" for ref, why in _culprits(answer).items())
        if _CHECKED_OUT in reasons:
            return Refused(
                f"{name} has {target} checked out and refuses to change it under its files: use a bare repository, or run "
                f"`git -C {name} config receive.denyCurrentBranch updateInstead` and keep its tree clean"
            )
        return Refused(f"{name} refused the merge into {target}: {reasons} {answer.words}".rstrip())


def _culprits(answer: Answer) -> dict[str, str]:
    """The refs that a push failed for, without those that only share the transaction."""
    return {
        ref: why for ref, why in answer.refusals.items() if "atomic" not in why and "transaction" not in why
    } or dict(answer.refusals)
