"""The town's watch: one small process that looks for all convoys which rest, and starts the runner of one that has something to do.

A convoy rests when nothing is left but waits: for people and checks at pull requests, for the end of a pause, for a log-in. Its runner gives
it to the watch with its lock and ends, so to everybody else a resting convoy is one whose runner is at work, and one whose watch was
killed is one whose runner was.
"""

import dataclasses
import datetime
import os
import resource
import select
import socket
import sys
import time

from workflows.clock import Clock, utc_now
from workflows.errors import Damaged, WorkflowsError
from workflows.local.home import Home
from workflows.local.observed import Observed
from workflows.local.processes import daemon
from workflows.local.rigs import Rigs
from workflows.local.running import handover
from workflows.local.running.asked import asked
from workflows.local.running.handover import Told
from workflows.local.running.reviews import Reviews
from workflows.local.store import Store

POLL = 0.5
"""Seconds between two looks at whether anybody wrote to the town."""

LINGER = 10.0
"""Seconds that it stays without a convoy: one that looked at its pull request mostly rests again soon."""

FILES = 4096
"""Files that it may have open where the system lets it: each convoy is one, and macOS begins with 256."""

AGAIN = 60.0
"""Seconds until a runner that did not start is started again."""


@dataclasses.dataclass(slots=True)
class _Resting:
    """A convoy at rest. `awake` is whether it has something to do, `again` when its runner may be started."""

    told: Told
    lock: int
    awake: bool = False
    again: float = 0.0

    def over(self, now: datetime.datetime) -> bool:
        """Whether its time is over. A clock that was set back would make hours of it."""
        until = self.told.rest.until
        return now < self.told.since or (until is not None and now >= until)


class Watch:
    """The convoys of a town that rest, as told at `listener`."""

    def __init__(self, home: Home, store: Store, listener: socket.socket, clock: Clock = utc_now) -> None:
        self._home = home
        self._store = store
        self._listener = listener
        self._clock = clock
        self._rigs = Rigs(store, Observed(store), home, clock)
        self._resting: dict[str, _Resting] = {}
        self._reviews: dict[str, Reviews] = {}
        self._version: int | None = None
        self._needed = time.monotonic()
        self._said = ""

    def run(self) -> None:
        """Until no convoy rests any more, or the town is deleted: then nobody could wish anything."""
        while self._home.database.exists():
            if self._resting:
                self._needed = time.monotonic()
            elif time.monotonic() - self._needed > LINGER:
                return
            try:
                if select.select([self._listener], (), (), POLL)[0]:
                    self._take()
                self.look()
            except (OSError, WorkflowsError) as error:  # nobody else would start them
                self._say(str(error))

    def look(self) -> None:
        """Find out who has something to do, and start their runners. Raises Unavailable when the store can't be read now."""
        now, version = self._clock(), self._store.version
        written = version != self._version
        for name, each in self._resting.items():
            due = each.over(now) or (written and self._asked(name, each))
            each.awake = each.awake or due
        self._version = version
        for _ in self._store.readable.each(
            {each.told.rig for each in self._resting.values() if each.told.rest.reviews}, self._review
        ):
            pass
        for name in [name for name, each in self._resting.items() if each.awake]:
            self._start(name)

    def _asked(self, name: str, each: _Resting) -> bool:
        """Whether something else is asked of a convoy; one whose row can't be read rests on."""
        try:
            return asked(self._store, name) != each.told.asked
        except Damaged as error:
            self._store.readable.tell(error)
            return False

    def _review(self, rig: str) -> None:
        """Wake whose pull request looks otherwise."""
        owners = {
            step: (each, wait)
            for each in self._resting.values()
            if each.told.rig == rig
            for step, wait in each.told.rest.reviews.items()
        }
        for step in self._of_rig(rig).changed({step: wait for step, (_, wait) in owners.items()}):
            owners[step][0].awake = True

    def _of_rig(self, rig: str) -> Reviews:
        if rig not in self._reviews:
            self._reviews[rig] = Reviews(self._rigs, self._home, rig)
        return self._reviews[rig]

    def _take(self) -> None:
        with self._listener.accept()[0] as channel:
            taken = handover.take(channel)
        if taken is None:
            return
        told, lock = taken
        daemon.lay_down(lock)
        self._resting[told.convoy] = _Resting(told, lock)
        self._of_rig(told.rig).woken.update(told.woken)
        self._version = None  # what was written since its runner looked may be meant for it

    def _start(self, name: str) -> None:
        """Start the runner of a convoy, which takes the lock over; it is still held here where it does not start."""
        each = self._resting[name]
        if time.monotonic() < each.again:
            return
        try:
            daemon.start(self._home, name, lock=each.lock, environ=each.told.environ)
        except (OSError, WorkflowsError) as error:
            each.again = time.monotonic() + AGAIN
            self._say(str(error))
            if daemon.rests(self._home, name):
                return
            # It had begun, and may go on in the background: a second one would be double.
        os.close(each.lock)
        del self._resting[name]

    def _say(self, text: str) -> None:
        """Once, in the log: it may go on for days."""
        if text != self._said:
            self._said = text
            sys.stderr.write(f"{text}\n")


def main(home: Home) -> int:
    """Be the town's watch, in the background, unless another process is; the program's exit code."""
    lock = daemon.hold(home, daemon.WATCH)
    if lock is None or not home.database.exists():
        return 0
    with handover.listening(home) as listener:
        daemon.detach()
        _allow(FILES)
        Watch(home, Store(home.database), listener).run()
    return 0


def _allow(files: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
