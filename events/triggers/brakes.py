"""Rates: how many convoys one sender, and all senders of a rig, may make in how long.

They are counted from the convoys that there are, by when their events happened. So all replicas count the same, a
restart forgets nothing, and asking again later about the same event gives the same answer.
"""

import datetime
from collections.abc import Sequence

from crds import ConvoySource, Rate, Rig, Trigger, seconds
from events.model import Match, Reason

SENDER = Rate(max=10, per="1h")
"""What one sender may trigger where the trigger does not say."""

RIG = Rate(max=60, per="1h")
"""What all triggers of a rig together may make where the rig does not say."""


def sender_rate(trigger: Trigger) -> Rate:
    """How much one sender may trigger."""
    return trigger.rate or SENDER


def rig_rate(rig: Rig) -> Rate:
    """How much all triggers of the rig may make before they pause."""
    return rig.spec.trigger_rate or RIG


def braked(match: Match, made: Sequence[ConvoySource]) -> tuple[Reason, str] | None:
    """Why no further convoy may be made now, None when one may."""
    trigger, occurrence, everybody = match.trigger, match.occurrence, rig_rate(match.rig)
    if _near(occurrence.at, made, everybody.per) >= everybody.max:
        words = f"triggers of the rig made {everybody.max} convoys in {everybody.per}; they pause until it is less"
        return Reason.RIG_RATE, words
    one, sender = sender_rate(trigger), occurrence.sender
    mine = [each for each in made if each.trigger == trigger.name and each.sender.id == sender.id]
    if _near(occurrence.at, mine, one.per) >= one.max:
        return Reason.SENDER_RATE, f"{sender.name or 'this sender'} triggered {one.max} convoys in {one.per}"
    return None


def _near(at: datetime.datetime, made: Sequence[ConvoySource], per: str) -> int:
    """How many happened so near, before or after: polls see events in another order than webhooks."""
    span = datetime.timedelta(seconds=seconds(per))
    return sum(abs(each.at - at) < span for each in made)
