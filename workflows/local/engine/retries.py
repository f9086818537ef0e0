"""Argo's retryStrategy: whether a failed attempt is tried again, and when."""

import dataclasses
import datetime
import functools

from crds import Manifest, seconds
from workflows.local.engine import expressions
from workflows.local.engine.nodes import Tree
from workflows.shape import UNSUCCESSFUL


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is next for a Retry node: an attempt to run (`attempt`), a time to wait for after its `last` one, or its end (`phase`)."""

    attempt: str = ""
    last: Manifest | None = None
    wait_until: datetime.datetime | None = None
    phase: str | None = None
    message: str = ""
    outputs: Manifest | None = None


class Retries:
    """The attempts under one Retry node: `<name>(0)`, `<name>(1)`, …"""

    def __init__(self, tree: Tree, name: str, strategy: Manifest) -> None:
        self._tree = tree
        self._name = name
        self._strategy = strategy

    def verdict(self, now: datetime.datetime, *, woken: bool = False) -> Verdict:
        """Decide from the attempts that there are. One that is `woken` waits no longer."""
        made = 0
        while self._tree.get(self._attempt(made)):
            made += 1
        last = self._tree.get(self._attempt(made - 1)) if made else None
        if last is None:
            return Verdict(attempt=self._attempt(0))
        if self._tree.phase(last["name"]) is None:
            return Verdict(attempt=last["name"])
        # Argo copies the last attempt's outputs whether it succeeded or not: a failed bead's reason is read there.
        end = functools.partial(Verdict, phase=last["phase"], outputs=last.get("outputs"))
        if last["phase"] not in UNSUCCESSFUL:
            return end(message=last.get("message", ""))
        if not self._worth_it(last, made - 1):
            return end(message="retryStrategy.expression evaluated to false")
        ended = _time(last["finishedAt"])
        if self._used_up(made, ended):
            return end(message="No more retries left")
        due = ended + self._pause(made)
        # A clock that was set back since would make hours of the pause: it is a courtesy, so it is over.
        if ended <= now < due and not woken:
            return Verdict(last=last, wait_until=due, message=f"Backoff until {last['finishedAt']}")
        return Verdict(attempt=self._attempt(made))

    def _attempt(self, number: int) -> str:
        return f"{self._name}({number})"

    def _worth_it(self, last: Manifest, number: int) -> bool:
        expression = self._strategy.get("expression")
        if not expression:
            return True
        retry = {
            "exitCode": last.get("outputs", {}).get("exitCode", "-1"),
            "status": last["phase"],
            "message": last.get("message", ""),
        }
        return bool(expressions.evaluate(expression, {"lastRetry": retry, "retries": str(number)}))

    def _used_up(self, made: int, ended: datetime.datetime) -> bool:
        """Whether the tries are made, and their time is over: one that was woken took less of it than its share.

        Where the clock was set back since the first, nobody knows what they took: it is over.
        """
        limit = int(self._strategy.get("limit", 0))
        first = self._tree.get(self._attempt(0))
        if made <= limit or first is None:
            return made > limit
        whole = sum(map(self._pause, range(1, limit + 1)), start=datetime.timedelta())
        return not datetime.timedelta() <= ended - _time(first["startedAt"]) < whole

    def _pause(self, made: int) -> datetime.timedelta:
        backoff = self._strategy.get("backoff", {})
        text = str(backoff.get("duration", "0"))
        first = float(text) if text.isdigit() else seconds(text)
        # Not beyond what a float can hold, whatever the attempt's number.
        pause = first * float(backoff.get("factor", 1)) ** min(made - 1, 100)
        return datetime.timedelta(seconds=min(pause, seconds(backoff["cap"]) if "cap" in backoff else _DAY))


_DAY = 86_400.0


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)
