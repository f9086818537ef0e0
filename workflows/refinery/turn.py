"""Waits for a step's turn: until it leads a batch, or its bead's fate was told by another step that did.

Steps of one target start together. One takes the lease and leads; the others look at four refs now and then, and end when their
bead is on the target or was found wanting. A leader that was killed is known by its lease, which nobody renews.
"""

import os
import random
import time
from typing import NamedTuple

from workflows import refs
from workflows.refinery.job import Job
from workflows.refinery.queue.marks import Lease
from workflows.refinery.queue.order import Queued
from workflows.refinery.queue.presence import Presence
from workflows.refinery.queue.store import Snapshot
from workflows.refinery.trial.plan import Plan
from workflows.steps.errors import TargetMoved, TargetRed
from workflows.steps.pod.environment import Pod

FIRST_LOOK, LONGEST_LOOK = 0.3, 3.0
SHARE = 0.1
"""Of the time that a step has waited, how much it may wait in vain before its next look at the repository."""

GATHER, LONGEST_GATHER = 3.0, 15.0
"""Seconds that a leader waits for the steps of beads that were published just now, since the last of them came, and in all: one run of
the gates is for all of them.
"""

RECENT = 120
"""Seconds since its publication in which a bead's own step may be expected to start."""

PATIENCES = 12
"""How many times its patience a step waits for its turn, or for a red target: its pod costs little, and a new one would wait as well."""


class Lead(NamedTuple):
    """It is this step's turn: the refs as they were, and what to try."""

    snapshot: Snapshot
    plan: Plan


class Turn:
    """One step's wait."""

    def __init__(self, pod: Pod, job: Job, presence: Presence, snapshot: Snapshot | None = None) -> None:
        self._job = job
        self._known = snapshot
        self._presence = presence
        self._stale = pod.lease
        self._began = time.monotonic()
        self._end = self._began + pod.patience * PATIENCES
        self._seen = ("", 0.0)
        self._held = ""
        self._first = True
        self._straight = not (job.train.gates or job.train.pulls)
        self._lead: Lead | None = None
        self._led = ("", "")
        self.leader = ""
        """Whose batch merged the bead while this step waited, as a lease names its holder; empty where that is not known."""

    def lead(self) -> Lead | None:
        """Wait; None when the bead's fate is told and written. Raises what else became of it, TargetMoved and TargetRed."""
        while True:
            snapshot, self._known = self._known or self._refreshed(), None
            if self._settled(snapshot):
                return None
            own = self._job.own(snapshot)
            self._heed(own)
            if self._job.conflicts(snapshot, own):
                return None
            if self._first:
                self._job.vet(snapshot, own)
            blocked = self._job.blocked(snapshot, own, time.time())
            if not blocked and self._free(snapshot, snapshot.lease_tag) and self._took(snapshot, own):
                if self._lead:
                    return self._lead
                continue
            if self._first:
                self._presence.ask(snapshot)
            self._first = False
            if snapshot.lease and not self._presence.holds(snapshot):
                self._led = (snapshot.lease.holder, snapshot.target)
            self._wait(snapshot, own, blocked)
            if time.monotonic() > self._end:
                self._give_up(blocked)

    def _settled(self, snapshot: Snapshot) -> bool:
        """Whether the bead is merged, which is told then; another may have led since the last look."""
        holder, target = self._led
        if self._job.merged(snapshot) and self._job.landed_since(snapshot, target, holder):
            self.leader = holder
        return self._job.settled(snapshot, self.leader)

    def _refreshed(self) -> Snapshot:
        began = time.monotonic()
        snapshot = self._job.store.refresh()
        if self._first:
            self._presence.fetched_in(time.monotonic() - began)
        return snapshot

    def _heed(self, own: Queued) -> None:
        """Another step led, and found what holds our bead back. What was known before we came is tried anew."""
        if self._first:
            self._held = own.tag
        elif own.entry.held and own.tag != self._held:
            self._job.outputs.held_back(own.entry.fault, own.entry.held)

    def _took(self, snapshot: Snapshot, own: Queued) -> bool:
        """Whether it is our turn now. Then there is a lead, but where the refs moved meanwhile.

        Without gates the push that lands takes no longer than the one that takes the lease, so a step that finds none tries that first.
        """
        if self._straight and not snapshot.lease:
            self._straight = False
            self._lead = Lead(snapshot, self._job.plan(snapshot, time.time()))
            return True
        if self._more(snapshot):
            took = self._presence.take(snapshot, own)
            self._lead = self._gathered(snapshot) if took else None
            return took
        plan = self._job.plan(snapshot, time.time())
        took = self._presence.take(snapshot, own, plan.beads)
        self._lead = Lead(snapshot, plan) if took else None
        return took

    def _free(self, snapshot: Snapshot, tag: str) -> bool:
        """Whether nobody leads who may still live; `tag` is the lease as it was seen last."""
        lease = snapshot.lease
        if lease is None or self._presence.holds(snapshot) or _dead(lease):
            return True
        if self._seen[0] != tag:
            self._seen = (tag, time.monotonic())
        return time.monotonic() - self._seen[1] > self._stale + lease.pause

    def _gathered(self, snapshot: Snapshot) -> Lead | None:
        """The plan, once those have asked whose steps are about to start; None where the refs moved while the lease was taken."""
        taken = snapshot
        end, last, asked = time.monotonic() + LONGEST_GATHER, 0.0, -1
        while True:
            snapshot = self._job.store.refresh()
            if len(snapshot.asks) > asked:
                last, asked = time.monotonic() + GATHER, len(snapshot.asks)
            if not self._more(snapshot) or time.monotonic() > min(last, end):
                break
            self._presence.renew()
            time.sleep(FIRST_LOOK)
        if (snapshot.target, snapshot.merged) != (taken.target, taken.merged):
            return None
        plan = self._job.plan(snapshot, time.time())
        self._presence.announce(plan.beads)
        return Lead(snapshot, plan)

    def _more(self, snapshot: Snapshot) -> bool:
        """Whether beads were published just now whose steps will ask for the same run of the gates."""
        return bool(self._job.train.gates) and self._job.expected(snapshot, time.time(), RECENT)

    def _wait(self, snapshot: Snapshot, own: Queued, blocked: str) -> None:
        """Until a ref moved that matters, or the leader seems to be gone. Raises TargetRed or TargetMoved at the end of all patience."""
        train = self._job.train
        lease = refs.lease(train.target)
        watched = {
            refs.head(train.target): snapshot.target,
            own.ref: own.tag,
            refs.settled(train.convoy, train.identity, own.bead): snapshot.merged,
            lease: snapshot.lease_tag,
        }
        while not self._free(snapshot, watched[lease]) or blocked:
            look = min(max((time.monotonic() - self._began) * SHARE, FIRST_LOOK), LONGEST_LOOK)
            time.sleep(look * random.uniform(0.7, 1.3))  # noqa: S311 - so that waiting steps do not look all at once
            self._presence.renew()
            now = self._job.remote.refs(*watched)
            if any(now.get(ref, "") != held for ref, held in watched.items() if ref != lease):
                return
            if now.get(lease, "") != watched[lease]:
                if not (now.get(lease) and snapshot.lease):
                    return
                # Renewed: its leader lives, and nothing else is new. All who wait would fetch at once just when it lands.
                watched[lease] = now[lease]
            if time.monotonic() > self._end:
                return
            blocked = blocked and self._job.blocked(snapshot, own, time.time())
        time.sleep(FIRST_LOOK * random.random())  # noqa: S311 - as above

    def _give_up(self, blocked: str) -> None:
        if blocked:
            raise TargetRed(blocked)
        raise TargetMoved(
            f"{self._job.task.bead} waited {PATIENCES} times its patience for its turn to be merged into "
            f"{self._job.train.target}: it is waited for again"
        )


def _dead(lease: Lease) -> bool:
    """Whether the leader was a process of this machine that is no more."""
    if lease.host != os.uname().nodename or lease.process <= 0:
        return False
    try:
        os.kill(lease.process, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False
