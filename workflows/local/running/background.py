"""What a background runner does: its convoy, to the end, and the attempts that are submitted meanwhile."""

import asyncio
import datetime
import os
import sys
from collections.abc import Mapping

from crds import Manifest
from workflows.clock import steady
from workflows.errors import WorkflowsError
from workflows.local.home import Home, agents_file
from workflows.local.processes import daemon
from workflows.local.running.reviews import Reviews
from workflows.local.running.runner import Runner
from workflows.local.town import LocalTown
from workflows.local.wishes import Wishes


class _Steering:
    """One convoy of a town, as its runner sees it."""

    def __init__(self, town: LocalTown, convoy: str) -> None:
        self._town = town
        self._convoy = convoy
        self._steady = steady()
        self._reviews = Reviews(town.rigs, town.home, town.convoys.records.convoy(convoy).spec.rig_ref)

    def submit_ready(self) -> bool:
        return self._town.convoys.submit_ready(self._convoy, now=self._steady())

    def wishes(self) -> Wishes:
        return self._town.convoys.wishes(self._convoy)

    def changed(self, resting: Mapping[str, tuple[Manifest, str]]) -> frozenset[str]:
        return self._reviews.changed(resting)

    def call(self) -> None:
        self._town.notices.call(self._convoy)

    def refused(self, began: datetime.datetime, message: str) -> None:
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
            ended = asyncio.run(Runner(convoy, home, town.store, _Steering(town, convoy)).run())
            os.close(lock)
            # Who submitted another attempt meanwhile found the lock taken, and trusts this process to look once more.
            lock = daemon.hold(home, convoy) if ended and town.store.unfinished(convoy) else None
    except WorkflowsError as error:
        sys.stderr.write(f"convoy {convoy}: {error}\n")
        return 1
    return 0
