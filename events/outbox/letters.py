"""The outbox of one sink: what waits to be sent, and what was taken up before. Pure.

A fact is taken up once and stored before it is sent; it leaves the outbox once the sink took it. Whoever dies in between sends again, with the same id.
"""

import dataclasses
import datetime
import json
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from events.errors import Unconfigured

MOST = 500
"""Events that may wait for one sink. Past that facts stay where they are, on their objects, until there is room."""

MARK = 12
"""Digits of an id that are kept of what was taken up: 48 bits, as it only has to tell the facts of living objects apart."""


class Dated(Protocol):
    """Something that happened, and what tells it from all else."""

    @property
    def id(self) -> str:
        """The same however often it is seen."""

    @property
    def at(self) -> datetime.datetime:
        """When it happened."""


F = TypeVar("F", bound=Dated)


@dataclasses.dataclass(frozen=True, slots=True)
class Letter:
    """One event, as it is sent."""

    id: str
    type: str
    at: datetime.datetime
    body: str


@dataclasses.dataclass(frozen=True, slots=True)
class Outbox:
    """What is known of one sink."""

    since: datetime.datetime
    """When the sink was first named. What happened earlier is not told: a new sink is not sent the past."""
    known: frozenset[str] = frozenset()
    waiting: tuple[Letter, ...] = ()

    def with_facts(self, facts: Iterable[F], letter: Callable[[F], Letter]) -> "Outbox":
        """The outbox after a look at all facts: new ones wait, in the order in which they happened; marks of gone objects are forgotten.

        Only what is new becomes a letter: a look at a thousand known facts writes none.
        """
        found = [each for each in facts if each.at >= self.since]
        fresh = sorted(
            (each for each in found if each.id[:MARK] not in self.known), key=lambda each: (each.at, each.id)
        )
        taken = fresh[: max(0, MOST - len(self.waiting))]
        kept = {each.id[:MARK] for each in found} & self.known
        return dataclasses.replace(
            self,
            known=frozenset(kept | {each.id[:MARK] for each in taken}),
            waiting=(*self.waiting, *map(letter, taken)),
        )

    def without(self, sent: frozenset[str]) -> "Outbox":
        """The outbox without what was sent."""
        return dataclasses.replace(self, waiting=tuple(each for each in self.waiting if each.id not in sent))

    def dumped(self) -> str:
        """As it is stored."""
        waiting = [{**dataclasses.asdict(each), "at": each.at.isoformat()} for each in self.waiting]
        known = " ".join(sorted(self.known))
        return json.dumps({"since": self.since.isoformat(), "known": known, "waiting": waiting})


def loaded(text: str, *, where: str) -> Outbox:
    """An outbox as it was stored. Raises Unconfigured when somebody wrote something else there."""
    try:
        found = json.loads(text)
        waiting = tuple(
            Letter(each["id"], each["type"], _time(each["at"]), each["body"]) for each in found["waiting"]
        )
        return Outbox(_time(found["since"]), frozenset(found["known"].split()), waiting)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unconfigured(
            f"{where}: it is no outbox ({error}); delete it, and what waited in it is lost"
        ) from error


def _time(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return moment
