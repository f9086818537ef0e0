"""Schedules: the last moment that each of a rig's schedules named."""

import datetime

from crds import Rig
from events.model import Occurrence, Text
from events.triggers import rules, schedules


def due(rig: Rig, *, now: datetime.datetime) -> tuple[Occurrence, ...]:
    """One occurrence for each schedule: its newest moment. Those that passed while nobody looked count once."""
    found = []
    for trigger in rules.of_event(rig, "Schedule"):
        moment = schedules.parse(trigger.schedule).last(now)
        if moment is not None:
            found.append(
                Occurrence(
                    event="Schedule",
                    object=moment.isoformat(),
                    at=moment,
                    text=Text(trigger.name, ""),
                    label=trigger.name,
                )
            )
    return tuple(found)
