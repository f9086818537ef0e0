"""A rig's conditions as lines of `doctor`: what each means, and the command that mends it."""

from collections.abc import Collection, Iterator

from crds import Condition, Rig
from events.records.conditions import PAUSED, WEBHOOK
from kubectl_gt.health import Check, Health
from workflows.exits import Reason

TROUBLES = frozenset({PAUSED, Reason.CREDENTIALS_EXPIRED.word, "RetiredFields", "NotHonoured"})
"""Conditions that name what is wrong: True is the bad state."""

_FIXES = {
    PAUSED: "`rig status {0}` says since when; take triggersPaused out of the rig, or raise its triggerRate",
    Reason.CREDENTIALS_EXPIRED.word: "log the agent in, then `auth sync`",
    WEBHOOK: "`rig connect {0} --token-file FILE --url URL` makes the webhook anew and sends a ping",
    "ForgeUnreachable": "`rig connect {0} --token-file FILE` checks token and address, and keeps both",
}
"""By type, or by reason where a type has several."""

_HARMLESS = frozenset({"RetiredFields", "NotHonoured"})


def judged(rig: Rig, *, known: Collection[str] = ()) -> Iterator[Check]:
    """A line for each condition that wants somebody; none where all is as it should be. What is `known` otherwise is left out."""
    for each in rig.status.conditions:
        if each.type in known:
            continue
        health = _health(rig, each)
        if health is not Health.GOOD:
            name = rig.metadata.name
            fix = _FIXES.get(each.reason) or _FIXES.get(each.type) or "`rig status {0}`"
            yield Check(
                f"rig {name}: {each.type}", health, f"{each.reason}: {each.message}", fix.format(name)
            )


def heard(rig: Rig) -> bool:
    """Whether a webhook ever reached the rig."""
    return rig.status.events is not None and rig.status.events.last_event is not None


def _health(rig: Rig, condition: Condition) -> Health:
    if condition.type == WEBHOOK:
        return _webhook(rig, condition)
    if condition.type in TROUBLES:
        bad = Health.DOUBTFUL if condition.type in _HARMLESS else Health.BAD
        return bad if condition.status == "True" else Health.GOOD
    return Health.BAD if condition.status == "False" else Health.GOOD


def _webhook(rig: Rig, condition: Condition) -> Health:
    """A rig that no webhook ever reached may be polled on purpose."""
    if condition.reason == "ForgeUnreachable":
        return Health.BAD
    if condition.reason in {"EventsMissed", "NothingYet"}:
        return Health.BAD if heard(rig) else Health.DOUBTFUL
    return Health.GOOD
