"""What merge steps tell each other through the repository: who asks, who leads, and what gates found. Pure texts.

Each is the message of an annotated tag, as a queue entry is, so that any server takes it. Whatever does not read back as one of
these counts as absent: somebody else may write there, or another version.
"""

import json
from typing import Any, NamedTuple, Self

from workflows.entries import LATEST, SMALL, whole

FRESH = 70
"""Seconds that an ask counts for. It is renewed while its step lives; who was killed asks no longer after that."""

RECHECK = 600
"""Seconds after which the gates are run again on a target that was red: what was wrong may have been their machine."""

LONGEST_PAUSE = 3600
"""Seconds: no lease outlives its holder by more, whatever it says."""

KEPT = 200
"""Results of trees that are remembered."""


class Ask(NamedTuple):
    """A merge step of a bead that waits to be merged. `at` is when it said so last, in seconds since 1970."""

    bead: str
    convoy: str
    at: int

    def fresh(self, now: float) -> bool:
        """Whether the step may still live; a clock that runs a little ahead is no reason to doubt it."""
        return -FRESH <= now - self.at <= FRESH

    def dump(self) -> str:
        """One line."""
        return json.dumps(self._asdict())

    @classmethod
    def load(cls, text: str) -> Self | None:
        """An ask, or None for what is none."""
        raw = _object(text)
        bead, convoy, at = raw.get("bead"), raw.get("convoy"), raw.get("at")
        if isinstance(bead, str) and isinstance(convoy, str) and whole(at, 0, LATEST):
            return cls(bead, convoy, at)
        return None


class Lease(NamedTuple):
    """The step that leads. `holder` tells it from all others, `host` and `process` where it runs, `at` when it renewed the lease.

    `batch` are the beads whose gates run, for who lists the queue: what lands is decided without it. `pause` are seconds more for which
    it may not be renewed, as another container of the pod still fetches the repository.
    """

    holder: str
    host: str
    process: int
    at: int
    batch: tuple[str, ...] = ()
    pause: int = 0

    @property
    def bead(self) -> str:
        """The bead whose step leads."""
        return self.holder.rpartition("/")[2]

    def fresh(self, now: float) -> bool:
        """Whether the step was heard of lately, which it is at every renewal."""
        return -FRESH <= now - self.at <= FRESH + self.pause

    def dump(self) -> str:
        """One line."""
        return json.dumps(self._asdict())

    @classmethod
    def load(cls, text: str) -> Self | None:
        """A lease, or None for what is none."""
        raw = _object(text)
        holder, host, process, at, batch, pause = (raw.get(name) for name in cls._fields)
        if not (isinstance(holder, str) and isinstance(host, str)):
            return None
        if whole(process, 0, SMALL) and whole(at, 0, LATEST):
            beads = batch if isinstance(batch, list) else ()
            more = min(max(pause, 0), LONGEST_PAUSE) if isinstance(pause, int) else 0
            return cls(
                holder, host, process, at, tuple(each for each in beads if isinstance(each, str)), more
            )
        return None


class Result(NamedTuple):
    """What the gates of one digest found on a tree: nothing for green, else why it is red; and when."""

    tree: str
    rules: str
    red: str
    at: int

    def red_of_late(self, now: float) -> bool:
        """Whether it is red, and asking again now would say nothing new; who found it may have a clock that runs ahead."""
        return bool(self.red) and abs(now - self.at) < RECHECK


class Results(NamedTuple):
    """The latest results of a target, the newest last, and how many beads the next batch takes: 0 as many as it may."""

    runs: tuple[Result, ...] = ()
    size: int = 0

    def of(self, tree: str, rules: str) -> Result | None:
        """The newest result of a tree under these gates."""
        found = (each for each in reversed(self.runs) if (each.tree, each.rules) == (tree, rules))
        return next(found, None)

    def having(self, fresh: tuple[Result, ...], size: int) -> "Results":
        """With new results; the oldest go."""
        known = {(each.tree, each.rules): each for each in (*self.runs, *fresh)}
        # A dict keeps a key where it came first: what was found again is news.
        newest = sorted(known.values(), key=lambda each: each.at)
        return Results(tuple(newest[-KEPT:]), size)

    def dump(self) -> str:
        """One line."""
        return json.dumps({"size": self.size, "runs": self.runs})

    @classmethod
    def load(cls, text: str) -> Self:
        """The results, without those that are none."""
        raw = _object(text)
        rows, size = raw.get("runs"), raw.get("size")
        found = (_result(row) for row in rows) if isinstance(rows, list) else ()
        return cls(tuple(each for each in found if each), size if whole(size, 1, SMALL) else 0)


def _result(row: Any) -> Result | None:
    if not isinstance(row, list) or len(row) != len(Result._fields):
        return None
    sound = all(isinstance(each, str) for each in row[:3]) and whole(row[3], 0, LATEST)
    return Result(*row) if sound else None


def _object(text: str) -> dict[str, Any]:
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return raw if isinstance(raw, dict) else {}
