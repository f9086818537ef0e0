"""What a rig remembers of its events: counts, the last decisions, who a name meant, and claims. Pure.

A claim is the name of a convoy that an event made. It outlives the convoy, so that one that was deleted is not made
again by the next poll. Claims are forgotten from the oldest on, and what is older than a forgotten one is too old.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping

from crds import Convoy, DecidedEvent, EventsStatus, PinnedActor, RefusedEvents, SeenTrigger, Trigger
from crds.eventsources import JUDGED
from events.model import Decision, Reason

RECENT = 200
OF_ONE = 3
"""Decisions of one trigger about one issue that are kept, so that a busy issue does not push out why another was not worked."""
CLAIMS = 4000
PINS = 256
PULLS = 4096
MESSAGE = 1024
REMEMBERED = 600
"""Seconds for which it is told when a pull request was judged: longer than a merge takes from its look to its wait."""
GRACE = datetime.timedelta(minutes=5)
"""What happened so shortly before a trigger was first seen counts: somebody labelled first and then set it up."""


def decided(status: EventsStatus, decisions: Iterable[Decision], *, now: datetime.datetime) -> EventsStatus:
    """The state after these decisions."""
    for each in decisions:
        status = _decided(status, each, now=now)
    return status


def _decided(status: EventsStatus, decision: Decision, *, now: datetime.datetime) -> EventsStatus:
    seen = DecidedEvent(
        event=decision.occurrence.event,
        trigger=decision.trigger,
        number=decision.occurrence.number,
        delivery=decision.delivery,
        convoy=decision.convoy,
        reason=decision.reason.value,
        message=decision.message[:MESSAGE],
        at=now,
    )
    changes: dict[str, object] = {"recent": _recent((seen, *status.recent))}
    if decision.reason is Reason.SLUNG:
        changes |= {"slung": status.slung + 1} | _claimed(status, (decision.convoy,), decision)
    elif not decision.made:
        changes["refused"] = _refused(status, decision, now=now)
    return status.model_copy(update=changes)


def _recent(decisions: Iterable[DecidedEvent]) -> tuple[DecidedEvent, ...]:
    """The newest decisions, few of each issue; they come newest first."""
    count: Counter[tuple[str, int]] = Counter()
    kept = []
    for each in decisions:
        if each.number is not None:
            count[each.trigger, each.number] += 1
            if count[each.trigger, each.number] > OF_ONE:
                continue
        kept.append(each)
    return tuple(kept[:RECENT])


def _refused(
    status: EventsStatus, decision: Decision, *, now: datetime.datetime
) -> tuple[RefusedEvents, ...]:
    table = {each.reason: each for each in status.refused}
    reason = decision.reason.value
    count = table[reason].count + 1 if reason in table else 1
    table[reason] = RefusedEvents(reason=reason, count=count, message=decision.message[:MESSAGE], at=now)
    return tuple(table[name] for name in sorted(table))


def _claimed(status: EventsStatus, names: Iterable[str], decision: Decision) -> dict[str, object]:
    sender, listed = decision.occurrence.sender, {each.name for each in status.actors}
    changes: dict[str, object] = {"claims": _kept(status, names)}
    name = sender.name.lower()
    if name and name not in listed and len(status.actors) < PINS:
        changes["actors"] = (*status.actors, PinnedActor(name=name, id=str(sender.id)))
    return changes


def _kept(status: EventsStatus, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*status.claims, *names)))


def claimed(status: EventsStatus, convoys: Iterable[Convoy]) -> EventsStatus:
    """The state with a claim for each convoy that there is: a crash may have come before it was written."""
    claims = _kept(status, (each.metadata.name for each in convoys))
    return status if claims == status.claims else status.model_copy(update={"claims": claims})


def trimmed(status: EventsStatus, convoys: Iterable[Convoy], *, now: datetime.datetime) -> EventsStatus:
    """The state without the oldest claims, where there are too many: whatever happened until now is then too old."""
    alive = {each.metadata.name for each in convoys}
    claims = tuple(each for each in status.claims if each not in alive)
    if len(status.claims) <= CLAIMS:
        return status
    kept = tuple(each for each in status.claims if each in alive)
    if len(kept) < CLAIMS:
        kept = (*claims[len(kept) - CLAIMS :], *kept)
    return status.model_copy(update={"claims": kept, "horizon": now})


def repaired(
    status: EventsStatus, convoys: Iterable[Convoy], *, found: int, at: datetime.datetime
) -> EventsStatus:
    """The state after a repair that found so many events of which no webhook had told."""
    kept = trimmed(status, convoys, now=at)
    return kept.model_copy(update={"last_repair": at, "last_repair_found": found})


def listed(
    status: EventsStatus,
    marks: Iterable[str],
    judged: Mapping[str, datetime.datetime],
    *,
    at: datetime.datetime,
) -> EventsStatus:
    """The state after a list of the open pull requests, the newest of them where there are too many.

    `judged` are those of which checks or reviews were told, and when. That stays for a while, whoever lists: a merge may be about to wait.
    """
    earlier = {mark: int(when) for mark, _, when in (each.partition(JUDGED) for each in status.pulls) if when}
    now = int(at.timestamp())
    told = []
    for mark in marks:
        last = int(judged[mark].timestamp()) if mark in judged else earlier.get(mark, 0)
        told.append(f"{mark}{JUDGED}{last}" if now - last < REMEMBERED else mark)
    return status.model_copy(update={"pulls": tuple(told)[-PULLS:], "pulls_at": at})


def heard(status: EventsStatus, *, at: datetime.datetime) -> EventsStatus:
    """The state after a signed webhook."""
    return status.model_copy(update={"last_event": at})


def first_seen(status: EventsStatus, triggers: Iterable[Trigger], *, now: datetime.datetime) -> EventsStatus:
    """The state with a moment for each trigger of the rig, from which on events count for it."""
    known = {each.name: each for each in status.triggers}
    wanted = tuple(
        known.get(each.name) or SeenTrigger(name=each.name, since=now - GRACE) for each in triggers
    )
    return status if wanted == status.triggers else status.model_copy(update={"triggers": wanted})


def since(
    status: EventsStatus, trigger: Trigger, *, now: datetime.datetime, window: datetime.timedelta
) -> datetime.datetime:
    """The moment before which an event is too old for a trigger."""
    known = next((each.since for each in status.triggers if each.name == trigger.name), None)
    moments = [now - window, known or now - GRACE]
    return max([*moments, status.horizon] if status.horizon else moments)
