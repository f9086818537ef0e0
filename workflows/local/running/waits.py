"""What a convoy waits for while nothing of it runs: people or checks at a pull request, the end of a pause. Pure."""

import dataclasses
import datetime
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from crds import Manifest
from workflows.exits import Reason
from workflows.local.engine.interface import Pause
from workflows.shape import ENDED, POLECAT

EVERY = datetime.timedelta(minutes=1)
"""Time between two lists of a rig's pull requests, and at least between two looks at checks."""

SHARE = 4
"""A merge that waits for checks, which no list shows, looks again after a quarter of the time that it has waited, and not before EVERY."""

WORTH = datetime.timedelta(seconds=90)
"""A shorter rest is not worth the end of a runner and the start of another. More than the pause of a merge whose target is red."""

REVIEW, CHECKS = (str(each.value) for each in (Reason.AWAITING_REVIEW, Reason.AWAITING_CHECKS))


@dataclasses.dataclass(frozen=True, slots=True)
class Wait:
    """What a merge waits for by its last look, how its pull request looked then, and since when it waits in all."""

    code: str
    mark: str
    looked: datetime.datetime
    ended: datetime.datetime
    since: datetime.datetime

    @property
    def due(self) -> datetime.datetime | None:
        """When checks are looked at again; None where people are waited for."""
        if self.code != CHECKS:
            return None
        return self.ended + max(EVERY, (self.ended - self.since) / SHARE)


class Rest(NamedTuple):
    """What a convoy that rests waits for: until when at most, None where only somebody's wish ends it, and for whose reviews."""

    until: datetime.datetime | None
    reviews: Mapping[str, Wait]


def waits(resting: Mapping[str, Pause]) -> dict[str, Wait]:
    """Those of the steps between two tries that are merges which wait at their pull request."""
    return {name: wait for name, pause in resting.items() if (wait := _wait(pause))}


def rest(
    nodes: Iterable[Manifest],
    resting: Mapping[str, Pause],
    deadlines: Iterable[datetime.datetime],
    *,
    logged_out: bool = False,
    now: datetime.datetime,
) -> Rest | None:
    """What the Workflows of these nodes wait for; None where a pod runs, waits for a lock, or will begin soon.

    Whatever has not ended otherwise is a step between two tries, or held until somebody wishes it to go on. An agent that waits for a lock is
    held where it is `logged_out`.
    """
    pods = (node for node in nodes if node["type"] == "Pod" and node["phase"] not in ENDED)
    if not all(
        logged_out and node["phase"] == "Pending" and node["templateName"] == POLECAT for node in pods
    ):
        return None
    known = waits(resting)
    checks = (wait.due for wait in known.values() if wait.due)
    until = min((*checks, *deadlines, *(each.until for each in resting.values())), default=None)
    if until and until < now + WORTH:
        return None
    return Rest(until, {name: wait for name, wait in known.items() if wait.code == REVIEW})


def _wait(pause: Pause) -> Wait | None:
    outputs = pause.last.get("outputs") or {}
    code = outputs.get("exitCode", "")
    if code not in (REVIEW, CHECKS):
        return None
    told = {each["name"]: each.get("value", "") for each in outputs.get("parameters", ())}
    moments = (pause.last["startedAt"], pause.last["finishedAt"], pause.since)
    looked, ended, since = map(datetime.datetime.fromisoformat, moments)
    return Wait(code, told.get("sha", ""), looked, ended, since)
