"""That this step asks to be merged, or leads: kept in the repository while it lives, and taken away when it ends."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator

from workflows import refs
from workflows.orders import TaskOrders, TrainOrders
from workflows.refinery.queue.marks import Ask, Lease
from workflows.refinery.queue.order import Queued
from workflows.refinery.queue.store import Snapshot
from workflows.steps.errors import StepError
from workflows.steps.git import tags
from workflows.steps.git.identity import ident
from workflows.steps.git.remote import ABSENT, Remote, Update
from workflows.steps.pod.beating import beating

FIRST_BEAT, BEAT = 3.0, 15.0
"""Seconds until the first renewal by `main`, as short gates need none, and between two."""


SLOWER = 2
"""How many times longer than the first one the second container of a pod may take to fetch."""

_STALE = "stale"
"""git's word for a ref that is no longer what was expected."""


class Presence:
    """One step's ask and lease. Losing either costs time and nothing else: what lands is decided by compare-and-swap."""

    def __init__(
        self,
        remote: Remote,
        train: TrainOrders,
        task: TaskOrders,
        *,
        hands_on: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._hands_on = hands_on
        self._pause = 0
        self._remote = remote
        self._train = train
        self._task = task
        self._clock = clock
        # 0 for a process that ends before its lease does: another container of the pod goes on with it.
        self._process = 0 if hands_on else os.getpid()
        self._commit = ""
        self._due = 0.0
        self._batch: tuple[str, ...] = ()
        self.lease_tag = ABSENT
        """The lease that is ours; ABSENT while we lead nothing."""
        self.ask_tag = ABSENT

    @property
    def holder(self) -> str:
        """The same for every attempt of a bead's step, so that one that was killed does not hold up the next."""
        return f"{self._train.convoy}/{self._task.bead}"

    def holds(self, snapshot: Snapshot) -> bool:
        """Whether the lease of a snapshot is this step's."""
        return snapshot.lease is not None and snapshot.lease.holder == self.holder

    def fetched_in(self, seconds: float) -> None:
        """How long the repository took to come: the container that goes on fetches it, too, before it can renew a lease."""
        self._pause = int(seconds * SLOWER) if self._hands_on else 0

    def ask(self, snapshot: Snapshot) -> None:
        """Say that the bead waits to be merged."""
        self._commit = snapshot.target
        self._push([self._asking()])

    def take(self, snapshot: Snapshot, own: Queued, batch: tuple[str, ...] = ()) -> bool:
        """Lead, in place of whoever the snapshot shows. False when somebody else was first, or target or own entry moved.

        Those two are part of the push, though nothing changes them: so what was planned on them is known to hold.
        Where the repository takes no lease, for whatever reason, the step leads without: then others may do the same work.
        Raises Unreachable or AccessRefused.
        """
        self._commit, self._due, self._batch = snapshot.target, time.monotonic() + BEAT, batch
        lease = self._leading(snapshot.lease_tag)
        stands = [
            Update(refs.head(self._train.target), snapshot.target, snapshot.target),
            Update(own.ref, own.tag, own.tag),
        ]
        answer = self._remote.push([*stands, self._asking(), lease])
        self.lease_tag = lease.new if answer.accepted else ABSENT
        return answer.accepted or not (
            answer.contended or any(_STALE in why for why in answer.refusals.values())
        )

    def keep(self, snapshot: Snapshot) -> None:
        """Go on with what an earlier container of the pod took."""
        self._commit, self._due = snapshot.target, time.monotonic() + FIRST_BEAT
        self.ask_tag = snapshot.own_ask
        if snapshot.lease and self.holds(snapshot):
            self.lease_tag, self._batch = snapshot.lease_tag, snapshot.lease.batch

    @property
    def accompanied(self) -> bool:
        """Whether other beads are tried with the own one."""
        return len(self._batch) > 1

    def announce(self, batch: tuple[str, ...]) -> None:
        """Say whose gates are about to run, for who lists the queue."""
        if self.lease_tag:
            self._batch, self._due = batch, 0.0
            self.renew()

    def renew(self) -> None:
        """Say again that the step lives, when it is time to. A lease that was taken meanwhile is another's."""
        if not self._commit or time.monotonic() < self._due:
            return
        asking = self._asking()
        if not self.lease_tag:
            self._push([asking])
            return
        lease = self._leading(self.lease_tag)
        self.lease_tag = lease.new if self._push([asking, lease]) else ABSENT

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Renew from beside, while the step is busy with what may take minutes: git-lfs brings gigabytes."""
        with beating(self.renew):
            yield

    def courtesies(self) -> list[Update]:
        """What goes away with the push that lands: the lease, and the own ask."""
        updates = [Update(refs.lease(self._train.target), ABSENT, self.lease_tag)] if self.lease_tag else []
        if self.ask_tag:
            updates.append(Update(refs.ask(self._train.target, self._task.bead), ABSENT, self.ask_tag))
        return updates

    def gone(self) -> None:
        """The courtesies were taken: nothing is left to take away."""
        self.lease_tag = self.ask_tag = ABSENT

    def leave(self) -> None:
        """Take away what is ours, best effort: it grows old by itself."""
        if not self.courtesies():
            return
        with contextlib.suppress(StepError):
            for update in self.courtesies():
                self._remote.push([update])
        self.gone()

    def _asking(self) -> Update:
        ask = Ask(self._task.bead, self._train.convoy, int(self._clock()))
        ref = refs.ask(self._train.target, self._task.bead)
        self.ask_tag = self._tag(ref, ask.dump())
        return Update(ref, self.ask_tag)

    def _leading(self, before: str) -> Update:
        at = int(self._clock())
        lease = Lease(self.holder, os.uname().nodename, self._process, at, self._batch, self._pause)
        ref = refs.lease(self._train.target)
        return Update(ref, self._tag(ref, lease.dump()), before)

    def _tag(self, ref: str, text: str) -> str:
        return tag(self._remote, self._train, ref, self._commit, text, int(self._clock()))

    def _push(self, updates: list[Update]) -> bool:
        """Best effort: without the ask nobody takes the bead along, without the lease nobody waits."""
        self._due = time.monotonic() + BEAT
        try:
            return self._remote.push(updates).accepted
        except StepError:
            return False


def tag(remote: Remote, train: TrainOrders, ref: str, commit: str, text: str, at: int) -> str:
    """Make an annotated tag on a commit, as every mark in the repository is one."""
    return tags.make(remote.git, ref, commit, ident(train.author, train.email, at), text)
