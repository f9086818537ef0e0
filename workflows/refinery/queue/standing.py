"""Where each bead of a merge queue stands, and what it waits for, from what the repository says of one target. Pure."""

import enum
from collections.abc import Mapping
from typing import NamedTuple

from workflows.clean import clip
from workflows.entries import STARTS
from workflows.refinery.queue.marks import Ask, Lease, Results
from workflows.refinery.queue.order import Queued, rank

_WORDS = 300


class Standing(enum.StrEnum):
    """What is done with an entry just now."""

    MERGING = "Merging"
    QUEUED = "Queued"
    HELD = "Held"


class Place(NamedTuple):
    """An entry of the queue of `target`, and why it is not merged yet."""

    queued: Queued
    target: str
    standing: Standing
    why: str


class TargetQueue(NamedTuple):
    """What the repository says of the merges into one target.

    `results` are those of gates on `tree`, which is that of the target's head; empty where nothing is known of it. `claims` tells for
    beads who works them just now.
    """

    target: str
    queue: tuple[Queued, ...]
    asks: Mapping[str, Ask]
    lease: Lease | None
    tree: str = ""
    results: Results = Results()
    claims: Mapping[str, str] = {}

    def places(self, now: float) -> list[Place]:
        """The entries in the order in which they are merged: who leads and its batch, who asks, who does not, and what is held."""
        found = [Place(each, self.target, *self._standing(each, now)) for each in self.queue]

        def order(place: Place) -> tuple[bool, bool, bool, tuple[bool, float, str]]:
            queued = place.queued
            asks = self._asks(queued.bead, now)
            held = place.standing is Standing.HELD
            return held, place.standing is not Standing.MERGING, not asks, rank(queued.entry, now)

        return sorted(found, key=order)

    def _standing(self, queued: Queued, now: float) -> tuple[Standing, str]:
        lease = self.lease
        if lease and lease.bead == queued.bead:
            return Standing.MERGING, _leads(lease, now)
        if lease and queued.bead in lease.batch:
            return Standing.MERGING, f"in the batch of {lease.bead}, whose gates run"
        if queued.entry.held:
            return Standing.HELD, f"held back until it is worked again: {clip(queued.entry.held, _WORDS)}"
        return Standing.QUEUED, self._waits(queued, now)

    def _waits(self, queued: Queued, now: float) -> str:
        bead, rules = queued.bead, queued.entry.rules
        if bead in self.claims:
            return f"worked again by {self.claims[bead]}"
        found = self.results.of(self.tree, rules) if self.tree else None
        if found and found.red_of_late(now):
            return f"{self.target} does not pass its own gates: {clip(found.red, _WORDS)}"
        if not self._asks(bead, now):
            if now - queued.entry.published < STARTS:
                return "its merge is about to start"
            return "no merge of it runs: its convoy was stopped, its pod waits, or its runner is gone"
        if self.lease is None:
            return "waits for its turn"
        leader = next((each for each in self.queue if each.bead == self.lease.bead), None)
        other = leader is not None and leader.entry.rules != rules
        return f"behind the batch of {self.lease.bead}" + (", which has other gates" if other else "")

    def _asks(self, bead: str, now: float) -> bool:
        ask = self.asks.get(bead)
        return ask is not None and ask.fresh(now)


def _leads(lease: Lease, now: float) -> str:
    if not lease.fresh(now):
        return (
            f"its merge on {lease.host} was last heard of {int(now - lease.at)} s ago: another takes its turn"
        )
    size = len(lease.batch)
    if not lease.batch:
        return f"being merged on {lease.host}"
    return f"its gates run on {lease.host}" + (f", for a batch of {size}" if size > 1 else "")
