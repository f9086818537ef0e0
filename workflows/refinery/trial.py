"""Decides what of a batch lands: stack it, run the gates, search for culprits. Knows no network."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from workflows.refinery.batch import Bisection
from workflows.refinery.candidate import Builder
from workflows.refinery.gates import Red
from workflows.refinery.queue import Queued
from workflows.steps.errors import GateBroken, OrdersUnread
from workflows.steps.workspace import write_whole


class Finding(NamedTuple):
    """What a trial found on one `target`: the tags of the entries that land, in order, and what holds the own one back.

    `conflict` names the files of the own entry's conflict, `red` says which gate it does not pass. `runs` counts gate runs.
    """

    target: str
    good: tuple[str, ...] = ()
    conflict: tuple[str, ...] = ()
    red: str = ""
    runs: int = 0

    def save(self, path: Path) -> None:
        """Hand the finding to the next container."""
        write_whole(path, json.dumps(self._asdict()))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises OrdersUnread when the container before did not get that far."""
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{**raw, "good": tuple(raw["good"]), "conflict": tuple(raw["conflict"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise OrdersUnread(
                f"{path} is not there or not whole: run `merge gates` first ({error})"
            ) from error


class Trial:
    """One batch on one target. `gates` runs all gates on a commit; None where the rig has none."""

    def __init__(self, builder: Builder, gates: Callable[[str, str], Red | None] | None) -> None:
        self.builder = builder
        self.gates = gates
        self.reds: dict[tuple[Queued, ...], Red] = {}

    def find(self, batch: Sequence[Queued]) -> Finding:
        """Judge a batch whose first entry is the own one. Raises GateBroken when a gate could not run."""
        own = batch[0]
        stack = self.builder.stack(batch)
        conflict = next((each.files for each in stack.dropped if each.queued is own), ())
        if conflict:
            return Finding(target=self.builder.target, conflict=conflict)
        if stack.landed[0].empty:
            return Finding(target=self.builder.target, good=(own.tag,))
        clean = tuple(each.queued for each in stack.landed if not each.empty)
        return self._gated(own, clean)

    def _gated(self, own: Queued, clean: tuple[Queued, ...]) -> Finding:
        if self.gates is None:
            return Finding(target=self.builder.target, good=tuple(each.tag for each in clean))
        verdict = Bisection(self._green).sound(clean)
        red = self.reds[(own,)] if own in verdict.culprits else None
        good = tuple(each.tag for each in verdict.good)
        words = self._blame(red) if red else ""
        return Finding(target=self.builder.target, good=good, red=words, runs=verdict.runs + bool(red))

    def _green(self, entries: tuple[Queued, ...]) -> bool:
        stack = self.builder.stack(entries)
        if stack.dropped or self.gates is None:
            return False
        red = self.gates(stack.tip, " + ".join(each.bead for each in entries))
        if red:
            self.reds[entries] = red
        return red is None

    def _blame(self, red: Red) -> str:
        """Whose fault: one more run, on the target alone, tells the bead's failure from one that was there before."""
        before = self.gates(self.builder.target, "the target alone") if self.gates else None
        if before and before.missing and before.gate == red.gate:
            raise GateBroken(
                f"gate {red.gate} {before.how} without the bead too: its command is not in the refinery's image; {before.tail}"
            )
        words = f"gate {red.gate} {red.how}"
        if before and before.gate == red.gate:
            words += ", as it does on the target without this bead: repair the target first"
        return f"{words}; the log of container gates has all of it; its end: {red.tail[-600:]}"
