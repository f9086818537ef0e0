"""What a background runner does: its convoy, to the end or until it rests, and the attempts that are submitted meanwhile."""

import asyncio
import datetime
import os
import sys
from collections.abc import Mapping

from workflows.clock import LONG_AGO, steady, utc_now
from workflows.errors import WorkflowsError
from workflows.local.engine.interface import Pause
from workflows.local.home import Home, agents_file
from workflows.local.processes import daemon
from workflows.local.running import handover
from workflows.local.running.asked import asked
from workflows.local.running.reviews import Reviews
from workflows.local.running.runner import Runner
from workflows.local.running.waits import Rest, waits
from workflows.local.town import LocalTown
from workflows.local.wishes import Wishes

AGAIN = datetime.timedelta(minutes=1)
"""Until a convoy that the town's watch did not take is offered again."""


class TownSteering:
    """One convoy of a town, as its runner sees it, who has its lock."""

    def __init__(self, town: LocalTown, convoy: str, lock: int) -> None:
        self._town = town
        self._convoy = convoy
        self._lock = lock
        self._steady = steady()
        self._offer = LONG_AGO
        self._rig = town.convoys.records.convoy(convoy).spec.rig_ref
        self._reviews = Reviews(town.rigs, town.home, self._rig)

    def submit_ready(self) -> bool:
        """See `Steering`."""
        return self._town.convoys.submit_ready(self._convoy, now=self._steady())

    def wishes(self) -> Wishes:
        """See `Steering`."""
        return self._town.convoys.wishes(self._convoy)

    def changed(self, resting: Mapping[str, Pause]) -> frozenset[str]:
        """See `Steering`."""
        return self._reviews.changed(waits(resting))

    def asked(self) -> str:
        """See `Steering`."""
        return asked(self._town.store, self._convoy)

    def hand_over(self, rest: Rest, asked: str) -> bool:
        """See `Steering`."""
        now = self._steady()
        if self._town.notices.busy or self._reviews.busy or now < self._offer:
            return False
        self._offer = now + AGAIN
        told = handover.Told(
            convoy=self._convoy,
            rig=self._rig,
            rest=rest,
            since=utc_now(),
            asked=asked,
            woken=self._reviews.woken,
            environ={**os.environ},
        )
        return handover.give(self._town.home, told, self._lock)

    def call(self) -> None:
        """See `Steering`."""
        self._town.notices.call(self._convoy)

    def refused(self, began: datetime.datetime, message: str) -> None:
        """See `Steering`."""
        self._town.convoys.refused(self._convoy, began, message)


def run(home: Home, convoy: str, lock: int | None) -> int:
    """Run a convoy to its end, under the lock that was taken for it; the program's exit code."""
    town = LocalTown(home, agents_file=agents_file())
    # Its agents work on meanwhile: only a lock that nobody will let go of ends a runner.
    town.store.wait_for_others(600)
    try:
        town.notices.expect(convoy)
        town.notices.call_owed()
        while lock is not None:
            ended = asyncio.run(Runner(convoy, home, town.store, TownSteering(town, convoy, lock)).run())
            os.close(lock)
            # Who submitted another attempt meanwhile found the lock taken, and trusts this process to look once more.
            lock = daemon.hold(home, convoy) if ended and town.store.unfinished(convoy) else None
    except WorkflowsError as error:
        sys.stderr.write(f"convoy {convoy}: {error}\n")
        return 1
    return 0
