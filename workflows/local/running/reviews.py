"""Wakes merges that rest while their pull requests wait: one list of a rig's pull requests a minute tells for all, whichever convoy they are in.

What was listed stands in the store, as gastown-events writes it, so that of several runners one asks. Without it a merge that has waited for
days would notice after half an hour what a person did.
"""

import datetime
import os
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING

from crds import EventsStatus
from crds.eventsources import JUDGED
from forges.errors import Later
from workflows.clock import LONG_AGO, Clock, steady
from workflows.convoys.reviews import SKEW, Listed
from workflows.local.home import Home
from workflows.local.kept import Kept
from workflows.local.processes.lockfile import lock_file
from workflows.local.rigs import Rigs
from workflows.local.running.waits import EVERY, REVIEW, Wait

if TYPE_CHECKING:
    from workflows.local.running.pulls import Pulls

GLANCE = datetime.timedelta(seconds=1)
"""Time between two looks at what another runner has listed."""

GONE = ("", "")
"""How one looks that is not open any more."""


class Reviews:
    """The merges of one rig that wait, as one runner sees them, or the town's watch."""

    def __init__(self, rigs: Rigs, home: Home, rig: str, clock: Clock | None = None) -> None:
        self._rigs = rigs
        self._home = home
        self._rig = rig
        self._clock = clock or steady()
        self._glance = self._due = LONG_AGO
        self._asked: tuple[Future[tuple[str, ...]], int, datetime.datetime] | None = None
        self._seen: Listed | None = None
        self._pulls: Pulls | None = None
        self._kept = Kept(rigs.store)
        self.woken: dict[str, tuple[str, str]] = {}
        """By merge how its pull request looked in the list that woke it: the same list says nothing new."""

    @property
    def busy(self) -> bool:
        """Whether the forge has yet to answer."""
        return self._asked is not None and not self._asked[0].done()

    def changed(self, waits: Mapping[str, Wait]) -> frozenset[str]:
        """Those that shall look now."""
        now = self._clock()
        reviews = [each for each in waits.values() if each.code == REVIEW]
        if reviews and now >= self._glance:  # a runner asks for each of its Workflows
            self._glance, self._seen = now + GLANCE, self._listed(reviews, now)
        return frozenset(name for name, wait in waits.items() if self._over(name, wait, now))

    def _over(self, name: str, wait: Wait, now: datetime.datetime) -> bool:
        if wait.due:
            return now >= wait.due
        listed = self._seen
        if not (listed and wait.mark and listed.changed(wait.mark, since=wait.ended, looked_at=wait.looked)):
            return False
        number = wait.mark.partition("-")[0]
        seen = next((each for each in listed.marks.items() if each[0].partition("-")[0] == number), GONE)
        if self.woken.get(name) == seen:
            return False
        self.woken[name] = seen
        return True

    def _listed(self, waits: list[Wait], now: datetime.datetime) -> Listed | None:
        """How the pull requests look; listed anew where that is too long ago for one that waits."""
        self._take(now)
        listed = self._kept.of(self._rig, lambda: Listed.of(self._rigs.events(self._rig)))
        last = listed.at if listed else LONG_AGO
        fresh = last <= now < last + EVERY
        if (
            self._asked is None
            and now >= self._due
            and not fresh
            and any(now >= each.ended + SKEW for each in waits)
        ):
            self._ask(now)
        return listed

    def _ask(self, now: datetime.datetime) -> None:
        """List in a thread of its own, unless another process does: a forge may take its time."""
        rig = self._rigs.named(self._rig)
        lock = lock_file(self._home.locks / f"pulls-{self._rig}")
        if lock is None:
            return
        answer: Future[tuple[str, ...]] = Future()
        self._asked, self._due = (answer, lock, now), now + EVERY
        if self._pulls is None:
            from workflows.local.running.pulls import Pulls  # noqa: PLC0415 - most runners ask no forge

            self._pulls = Pulls(self._home.secrets)
        pulls = self._pulls

        def ask() -> None:
            try:
                answer.set_result(pulls.marks(rig))
            except Exception as error:  # noqa: BLE001 - whatever it is, who waits for the answer is told
                answer.set_exception(error)

        threading.Thread(target=ask, daemon=True).start()

    def _take(self, now: datetime.datetime) -> None:
        """Keep what a list brought. One that failed is made again after a while, or when the forge says."""
        if self._asked is None or self.busy:
            return
        answer, lock, at = self._asked
        self._asked = None
        try:
            error = answer.exception()
            if error is None:
                self._rigs.record_events(self._rig, lambda status: _listed(status, answer.result(), at))
            else:
                sys.stderr.write(f"rig {self._rig}: pull requests are not listed: {error}\n")
                after = error.after if isinstance(error, Later) and error.after else 0.0
                self._due = now + max(EVERY, datetime.timedelta(seconds=after))
        finally:
            os.close(lock)


def _listed(status: EventsStatus, marks: tuple[str, ...], at: datetime.datetime) -> EventsStatus:
    """What was judged stays behind its mark."""
    judged = {each.partition(JUDGED)[0]: each for each in status.pulls}
    return status.model_copy(
        update={"pulls": tuple(judged.get(each, each) for each in marks), "pulls_at": at}
    )
