"""What prepare hands to the gates, and the gates to `main`: files in a folder that agents' code can write, too.

So nothing is opened through a link, no more is read than such a file can hold, and what is read is checked against the repository.
"""

import contextlib
import json
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple, Self

from workflows.entries import Entry
from workflows.refinery.queue.marks import Result, Results
from workflows.refinery.queue.order import Queued
from workflows.refinery.room import make_way
from workflows.steps.errors import OrdersUnread

SEARCHED = 2
"""Runs of the gates from which on a batch was too large."""

_LARGEST = 4 << 20
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Plan(NamedTuple):
    """A batch on a `target`, whose head has this `tree` and was committed at `time`. Empty when there is nothing to test.

    `own` is the tag of the own entry, `results` what gates found before, `leader` whose batch merged a bead that needs no gates.
    """

    target: str
    tree: str
    time: int
    batch: tuple[Queued, ...]
    own: str = ""
    results: Results = Results()
    leader: str = ""

    @classmethod
    def nothing(cls, leader: str) -> Self:
        """The plan of a bead that needs no gates."""
        return cls(target="", tree="", time=0, batch=(), leader=leader)

    @property
    def tips(self) -> tuple[str, ...]:
        """The commits that go into candidates."""
        return (self.target, *(each.sha for each in self.batch))

    @property
    def beads(self) -> tuple[str, ...]:
        """The beads of the batch."""
        return tuple(each.bead for each in self.batch)

    def save(self, path: Path) -> None:
        """Hand the plan to the next container."""
        batch = [{**each._asdict(), "entry": each.entry._asdict()} for each in self.batch]
        write_fresh(path, json.dumps({**self._asdict(), "batch": batch, "results": self.results.dump()}))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises OrdersUnread when prepare did not get that far."""
        raw = _read(path, "prepare")
        try:
            batch = tuple(Queued(**{**each, "entry": Entry(**each["entry"])}) for each in raw["batch"])
            return cls(**{**raw, "batch": batch, "results": Results.load(raw["results"])})
        except (TypeError, KeyError) as error:
            raise _unread(path, "prepare", error) from error


class Fault(NamedTuple):
    """An entry that held back nobody but itself: its tag, the word of the exit reason, and what to tell."""

    tag: str
    reason: str
    words: str


class Finding(NamedTuple):
    """What a trial found on one `target`: the tags of the entries that land, in order, with the `tree` that passed the gates.

    `faults` are entries that did not pass, proven one by one. `target_red` tells why nothing can be judged on this target.
    `results` is what gates found on trees, `runs` how often they ran.
    """

    target: str
    good: tuple[str, ...] = ()
    tree: str = ""
    faults: tuple[Fault, ...] = ()
    target_red: str = ""
    results: tuple[Result, ...] = ()
    runs: int = 0

    @classmethod
    def spoilt(cls) -> Self:
        """Of several entries one broke what judges them, and nobody knows which: of no target, so it lands nothing and blames nobody,
        and of more than one run, so that the next batch is smaller.
        """
        return cls(target="", runs=SEARCHED)

    def save(self, path: Path) -> None:
        """Hand the finding to the next container. Whatever the code of others put in its place goes."""
        make_way(path)
        write_fresh(path, json.dumps(self._asdict()))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises OrdersUnread when the container before did not get that far."""
        raw = _read(path, "gates")
        try:
            found = cls(
                target=str(raw["target"]),
                good=tuple(map(str, raw["good"])),
                tree=str(raw["tree"]),
                faults=tuple(Fault(*map(str, each)) for each in raw["faults"]),
                target_red=str(raw["target_red"]),
                results=tuple(
                    Result(str(tree), str(rules), str(red), int(at))
                    for tree, rules, red, at in raw["results"]
                ),
                runs=int(raw["runs"]),
            )
        except (TypeError, KeyError, ValueError, OverflowError) as error:
            raise _unread(path, "gates", error) from error
        return found


def write_fresh(path: Path, text: str) -> None:
    """Replace a file in one instant; whatever lay there is replaced, and not followed."""
    fresh = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    with os.fdopen(os.open(fresh, _FRESH, 0o644), "w", encoding="utf-8") as stream:
        stream.write(text)
    fresh.replace(path)


def _read(path: Path, step: str) -> dict[str, Any]:
    try:
        with contextlib.closing(_open(path)) as stream:
            raw = json.loads(stream.read(_LARGEST))
    except (OSError, ValueError, RecursionError) as error:
        raise _unread(path, step, error) from error
    if not isinstance(raw, dict):
        raise _unread(path, step, "no object")
    return raw


def _open(path: Path) -> Any:
    descriptor = os.open(path, _FILE)
    stream = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        stream.close()
        raise OSError("it is no file")
    return stream


def _unread(path: Path, step: str, error: object) -> OrdersUnread:
    return OrdersUnread(f"{path} is not there or not whole: run `merge {step}` first ({error})")
