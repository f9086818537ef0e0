"""What prepare hands to the gates: the batch, and where its objects are."""

import json
from pathlib import Path
from typing import NamedTuple, Self

from workflows.entries import Entry
from workflows.refinery.queue import Queued
from workflows.steps.errors import OrdersUnread
from workflows.steps.workspace import write_whole


class Plan(NamedTuple):
    """A batch on a `target`, whose head has this `tree` and was committed at `time`; the own entry is first. Empty when there is nothing to test."""

    target: str
    tree: str
    time: int
    batch: tuple[Queued, ...]

    @classmethod
    def nothing(cls, target: str) -> Self:
        """The plan of a bead that needs no gates."""
        return cls(target=target, tree="", time=0, batch=())

    def save(self, path: Path) -> None:
        """Hand the plan to the next container."""
        batch = [{**each._asdict(), "entry": each.entry._asdict()} for each in self.batch]
        write_whole(path, json.dumps({**self._asdict(), "batch": batch}))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises OrdersUnread when prepare did not get that far."""
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            batch = tuple(Queued(**{**each, "entry": Entry(**each["entry"])}) for each in raw["batch"])
            return cls(**{**raw, "batch": batch})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise OrdersUnread(
                f"{path} is not there or not whole: run `merge prepare` first ({error})"
            ) from error
