"""The conditions of a Rig that gastown-events writes: how webhooks come, and whether triggers pause. Pure."""

import datetime
from collections.abc import Sequence

from crds import Condition, EventsStatus, Rig
from events.model import Decision, Reason

WEBHOOK, PAUSED = "WebhookHealthy", "TriggersPaused"
LATE = datetime.timedelta(seconds=15)
"""How old an event must be for its webhook to be missing: forges take a moment."""


def missed(decisions: Sequence[Decision], *, at: datetime.datetime) -> int:
    """How many events a repair slung that a webhook should have told of."""
    found = (
        each for each in decisions if each.reason is Reason.SLUNG and each.occurrence.event != "Schedule"
    )
    return sum(each.occurrence.at < at - LATE for each in found)


def webhook(rig: Rig, status: EventsStatus, *, lost: int, now: datetime.datetime) -> Condition:
    """Whether events come by webhook."""
    last = (
        f"the last one came at {status.last_event:%Y-%m-%d %H:%M:%S} UTC"
        if status.last_event
        else "none has come yet"
    )
    if rig.spec.webhook_secret_ref is None:
        return _condition(
            WEBHOOK, "Unknown", "PolledOnly", "the rig has no webhookSecretRef: its forge is polled", now
        )
    if lost:
        words = f"the last repair found {lost} event(s) that no webhook told of; {last}"
        return _condition(WEBHOOK, "False", "EventsMissed", words, now)
    if status.last_event is None:
        return _condition(WEBHOOK, "Unknown", "NothingYet", f"{last}; see it with `rig connect`", now)
    return _condition(WEBHOOK, "True", "Delivered", last, now)


def unreachable(why: str, *, now: datetime.datetime) -> Condition:
    """The forge could not be asked."""
    return _condition(WEBHOOK, "Unknown", "ForgeUnreachable", why, now)


def paused(rig: Rig, decisions: Sequence[Decision], *, now: datetime.datetime) -> Condition:
    """Whether triggers sling."""
    if rig.spec.triggers_paused:
        return _condition(PAUSED, "True", "Asked", "spec.triggersPaused is true", now)
    braked = [each for each in decisions if each.reason is Reason.RIG_RATE]
    if braked:
        return _condition(PAUSED, "True", "TooMany", braked[-1].message, now)
    return _condition(PAUSED, "False", "Listening", "triggers sling what matches", now)


def _condition(kind: str, status: str, reason: str, message: str, now: datetime.datetime) -> Condition:
    return Condition.model_validate(
        {
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message[:1024],
            "last_transition_time": now,
        }
    )
