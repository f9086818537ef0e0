"""The one push of a merge: target, records and queue change together or not at all, each only from what was read."""

import contextlib
import enum
import time
from typing import NamedTuple

from workflows import refs
from workflows.entries import Entry
from workflows.exits import Reason
from workflows.orders import TaskOrders, TrainOrders
from workflows.refinery.candidate.stack import Stack
from workflows.refinery.queue.marks import Results
from workflows.refinery.queue.order import Queued
from workflows.refinery.queue.presence import Presence, tag
from workflows.refinery.queue.store import Snapshot, Store
from workflows.refinery.trial.plan import SEARCHED, Fault, Finding
from workflows.steps.errors import Outrun, Refused, ServerTroubled, StepError
from workflows.steps.git import address
from workflows.steps.git.history import is_ancestor
from workflows.steps.git.patience import Never, Patience
from workflows.steps.git.refnames import valid
from workflows.steps.git.remote import ABSENT, Answer, Remote, Update

CONTENTION = 0.2
"""Seconds until another push has let go of its locks."""

_CHECKED_OUT = "branch is currently checked out"


class Landing(enum.Enum):
    """How a push went when nobody refused it."""

    LANDED = enum.auto()
    MOVED = enum.auto()


class Lander(NamedTuple):
    """Pushes what was built from one snapshot. `patience` is how long a server in trouble is asked again, in seconds."""

    remote: Remote
    store: Store
    train: TrainOrders
    task: TaskOrders
    snapshot: Snapshot
    patience: float

    def land(self, stack: Stack, finding: Finding, presence: Presence) -> Landing:
        """Push and read back. MOVED: others were first, so build again. Raises Refused with the repository's words."""
        updates = [*self._updates(stack), *self._holds(finding)]
        courtesies = [
            *self._branch(stack),
            *(each for landed in stack.landed for each in taken_back(landed.queued, landed.sha)),
            *self._results(finding),
            *presence.courtesies(),
        ]
        patience = Patience(self.patience, Never(), first=CONTENTION, longest=5.0)
        landing = patience.over(lambda: self._landed(stack, updates, courtesies))
        if landing is Landing.LANDED:
            presence.gone()
            self._read_back(stack)
        return landing

    def _landed(self, stack: Stack, updates: list[Update], courtesies: list[Update]) -> Landing:
        """One push. Raises ServerTroubled, besides, where another may do better."""
        answer = self._push(updates, courtesies)
        if answer.accepted:
            return Landing.LANDED
        now = self.remote.refs(*(update.ref for update in updates))
        if any(now.get(each.ref, ABSENT) != each.expected for each in updates if each.expected is not None):
            return Landing.MOVED
        if answer.ruled and not answer.contended:
            if self._put_back(stack, answer):
                return Landing.MOVED
            raise self._refused(answer)
        raise self._troubled(answer)

    def remember(self, finding: Finding, presence: Presence) -> None:
        """Keep what gates found, and let the next one lead; best effort."""
        updates = [*self._results(finding), *presence.courtesies()]
        with contextlib.suppress(StepError):
            if updates and self.remote.push(updates).accepted:
                presence.gone()

    def hold(self, own: Queued, words: str) -> None:
        """Keep an entry out of other beads' batches until its next attempt, which is told the words. Raises Outrun where it has moved."""
        self._change(own, self._hold(own, Fault(own.tag, Reason.GATE_FAILED.word, words)))

    def release(self, own: Queued) -> None:
        """Forget what held an entry back: its agent is to be told of a conflict now, not of that. Raises Outrun where it has moved."""
        self._change(own, self._entered(own, own.entry._replace(held="", fault="")))

    def tidy(self, head: str) -> None:
        """Remove branch and queue entry of a bead that is merged, unless they moved on since; best effort."""
        own = self.snapshot.own(self.task.bead)
        updates = [Update(own.ref, ABSENT, own.tag)] if own and own.sha == head else []
        if head and self.snapshot.branch == head and refs.made_by_us(self.task.branch):
            updates.append(Update(refs.head(self.task.branch), ABSENT, head))
        if updates:
            with contextlib.suppress(StepError):
                self.remote.push(updates)

    def _change(self, own: Queued, update: Update) -> None:
        if not self.remote.push([update]).accepted:
            raise Outrun(f"the queue's entry of {own.bead} moved: run the step again")

    def _push(self, updates: list[Update], courtesies: list[Update]) -> Answer:
        """With the courtesies, or without those of them that the repository does not want.

        No ref stands in one push twice, or git sends none of it: what an entry says of itself may name the refs of another.
        """
        named = {each.ref for each in updates}
        courtesies = [
            each
            for ref, each in {each.ref: each for each in reversed(courtesies)}.items()
            if ref not in named
        ]
        while True:
            answer = self.remote.push([*updates, *courtesies])
            refused = set(answer.culprits)
            if answer.accepted or not refused <= {each.ref for each in courtesies}:
                return answer
            courtesies = [each for each in courtesies if each.ref not in refused]

    def _put_back(self, stack: Stack, answer: Answer) -> bool:
        """Hold entries whose own refs alone are refused, so that the rest is merged without them; False where it is not they."""
        refused = answer.culprits
        riders = [each.queued for each in stack.landed if each.queued.bead != self.task.bead]
        theirs = [each for each in riders if refused.keys() & {*each.entry.records, each.ref}]
        if refused.keys() - {ref for each in theirs for ref in (*each.entry.records, each.ref)}:
            return False
        faults = [Fault(each.tag, Reason.REJECTED.word, str(self._refused(answer))) for each in theirs]
        return (
            bool(theirs)
            and self._push(self._holds(Finding(self.snapshot.target, faults=tuple(faults))), []).accepted
        )

    def _updates(self, stack: Stack) -> list[Update]:
        """The target first, also where it stays as it is: a record of it must not outlive a target that somebody moves just now."""
        if not stack.landed:
            return []
        updates = [Update(refs.head(self.train.target), stack.tip, stack.base)]
        for landed in stack.landed:
            updates += [Update(record, landed.sha) for record in landed.queued.entry.records]
            updates.append(Update(landed.queued.ref, ABSENT, landed.queued.tag))
        return updates

    def _holds(self, finding: Finding) -> list[Update]:
        """Keep entries that did not pass out of other beads' batches: each waits for its next attempt, with the reason."""
        faults = {each.tag: each for each in finding.faults}
        return [self._hold(each, faults[each.tag]) for each in self.snapshot.queue if each.tag in faults]

    def _hold(self, queued: Queued, fault: Fault) -> Update:
        tries = queued.entry.retries + (fault.reason == Reason.GATE_FAILED.word)
        return self._entered(
            queued, queued.entry._replace(held=fault.words, fault=fault.reason, retries=tries)
        )

    def _entered(self, queued: Queued, entry: Entry) -> Update:
        """The same commit in the queue, with another entry."""
        fresh = tag(self.remote, self.train, queued.ref, queued.sha, entry.dump(), int(time.time()))
        return Update(queued.ref, fresh, queued.tag)

    def _results(self, finding: Finding) -> list[Update]:
        if not finding.results and finding.runs < SEARCHED:
            return []
        text = _after(self.snapshot.results, finding, self.train.batch).dump()
        ref = refs.results(self.train.target)
        return [Update(ref, tag(self.remote, self.train, ref, self.snapshot.target, text, int(time.time())))]

    def _branch(self, stack: Stack) -> list[Update]:
        """Work branches go with their merge, while they are what was merged; one that a person named stays."""
        gone = []
        for each in (landed.queued for landed in stack.landed):
            own = each.bead == self.task.bead
            branch = self.task.branch if own else each.entry.branch
            if refs.made_by_us(branch) and valid(branch) and not (own and self.snapshot.branch != each.sha):
                gone.append(Update(refs.head(branch), ABSENT, each.sha))
        return gone

    def _read_back(self, stack: Stack) -> None:
        if not stack.landed:
            return
        target = refs.head(self.train.target)
        records = {ref: each.sha for each in stack.landed for ref in each.queued.entry.records}
        now = self.remote.refs(target, *records)
        gone = [ref for ref, sha in records.items() if now.get(ref) != sha]
        if gone or not self._contains(now.get(target, ABSENT), stack.tip):
            raise Outrun(
                f"{address.shown(self.remote.url)} took the merge into {self.train.target} but does not show it "
                f"({', '.join(gone) or target}): run the step again"
            )

    def _contains(self, target: str, tip: str) -> bool:
        if target == tip:
            return True
        self.store.refresh()
        return is_ancestor(self.remote.git, tip, target)

    def _troubled(self, answer: Answer) -> ServerTroubled:
        reasons = "; ".join(f"{ref}: {why}" for ref, why in answer.culprits.items())
        return ServerTroubled(
            f"{address.shown(self.remote.url)} could not take the merge into {self.train.target} for {self.patience:.0f} s "
            f"({reasons} {answer.words}".rstrip()
            + "): look at its disk and its logs; the merge is tried again"
        )

    def _refused(self, answer: Answer) -> Refused:
        name, target = address.shown(self.remote.url), self.train.target
        reasons = "; ".join(f"{ref}: {why}" for ref, why in answer.culprits.items())
        if _CHECKED_OUT in reasons:
            return Refused(
                f"{name} has {target} checked out and refuses to change it under its files: use a bare repository, or run "
                f"`git -C {name} config receive.denyCurrentBranch updateInstead` and keep its tree clean"
            )
        return Refused(f"{name} refused the merge into {target}: {reasons} {answer.words}".rstrip())


def taken_back(queued: Queued, sha: str) -> list[Update]:
    """What the records say of a merge that this commit takes back: its bead is open again."""
    reverts = queued.entry.reverts
    if not reverts:
        return []
    return [Update(f"{refs.REVERTED}{reverts}", sha), Update(f"{refs.MERGED}{reverts}", ABSENT)]


def _after(results: Results, finding: Finding, most: int) -> Results:
    """The results with those of a finding; the next batch is larger after a green one, and smaller after a search."""
    size = results.size or most
    if finding.runs >= SEARCHED:
        size = max(size // 2, 1)
    elif finding.runs == 1 and not finding.faults:
        size = min(size * 2, most)
    return results.having(finding.results, 0 if size >= most else size)
