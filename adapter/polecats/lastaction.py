"""What agents at work did last: whose log is to be read, and what the end of one says."""

import dataclasses
import datetime
from collections.abc import Iterable, Mapping

from adapter.objects.views import PolecatView, moment
from workflows.polecats import at_its_bead
from workflows.transcript.action import last_action


@dataclasses.dataclass(frozen=True, slots=True)
class Act:
    """What an agent did last, and when it last printed anything; None where its log does not say."""

    action: str
    at: datetime.datetime | None


def due(
    polecats: Iterable[PolecatView], read: Mapping[str, float], *, now: float, interval: float
) -> list[PolecatView]:
    """The polecats whose log is to be read, the one that has waited longest first. `read` is when each was read last, by its uid."""
    found = [
        each for each in polecats if at_work(each) and now - read.get(each.uid, now - interval) >= interval
    ]
    return sorted(found, key=lambda each: (read.get(each.uid, -1.0), each.key))


def at_work(view: PolecatView) -> bool:
    """Whether its pod runs, and what its agent prints there is what it is at."""
    return bool(view.pod) and at_its_bead(view.phase, view.reason)


def act_of(log: bytes) -> Act:
    """What the end of a log says, each line with its time before it, as the kubelet writes them. What is no such line has no time."""
    times, words = [], []
    for line in log.decode("utf-8", "replace").splitlines():
        time, _, text = line.partition(" ")
        times.append(_time(time))
        words.append(text)
    return Act(last_action(words), max((each for each in times if each), default=None))


def after(view: PolecatView, act: Act) -> PolecatView:
    """The polecat with what its agent did. An activity that is known to be later stays."""
    known = moment(view.last_activity)
    latest = max((each for each in (known, act.at) if each), default=None)
    return dataclasses.replace(
        view, last_action=act.action, last_activity=latest.isoformat() if latest else ""
    )


def _time(word: str) -> datetime.datetime | None:
    try:
        found = datetime.datetime.fromisoformat(word)
    except ValueError:
        return None
    return found.replace(microsecond=0) if found.tzinfo else None
