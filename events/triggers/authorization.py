"""Who may trigger: asked from the forge for each event, by the account's id; whatever is not known is no.

A payload's own word for somebody's role is wrong both ways, and names can be taken over.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

from crds import Trigger
from crds.triggers import BY_PEOPLE
from events.model import Occurrence, Reason
from forges.exchange import Call
from forges.interface import Forge
from forges.model import Account, AccountId, Permission

EVERYBODY = "*"

Rights = MutableMapping[AccountId, Permission]
"""What the forge said of accounts a moment ago: a poll that finds a thousand events of one account asks once."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not."""

    reason: Reason
    message: str


def refusal(
    forge: Forge,
    trigger: Trigger,
    occurrence: Occurrence,
    *,
    me: Account,
    pins: Mapping[str, str],
    rights: Rights,
) -> Call[Refusal | None]:
    """Why the sender may not, None when the sender may. `pins` are the accounts that names meant at first."""
    sender = occurrence.sender
    if sender.id and sender.id == me.id:
        return Refusal(Reason.OWN, f"{me.name} did it itself")
    if occurrence.event not in BY_PEOPLE:
        return None
    if not sender.id:
        return Refusal(Reason.MAY_NOT_WRITE, "the forge names nobody who did it")
    listed = _listed(trigger, sender)
    if sender.bot and not listed:
        return Refusal(Reason.BOT, f"{sender.name} is a program; name it in actors to let it trigger")
    if EVERYBODY in trigger.actors:
        return None
    if trigger.actors:
        return _pinned(trigger, sender, listed=listed, pins=pins)
    if sender.id not in rights:
        rights[sender.id] = yield from forge.accounts.permission(sender)
    if rights[sender.id] >= Permission.WRITE:
        return None
    return Refusal(Reason.MAY_NOT_WRITE, f"{sender.name} may not write to the repository")


def _listed(trigger: Trigger, sender: Account) -> bool:
    return sender.name.lower() in {each.lower() for each in trigger.actors}


def _pinned(trigger: Trigger, sender: Account, *, listed: bool, pins: Mapping[str, str]) -> Refusal | None:
    if not listed:
        return Refusal(Reason.NOT_AN_ACTOR, f"{sender.name} is not among the actors of {trigger.name}")
    known = pins.get(sender.name.lower(), sender.id)
    if known != sender.id:
        words = f"{sender.name} is another account ({sender.id}) than when the name first triggered ({known})"
        return Refusal(Reason.OTHER_ACCOUNT, words)
    return None
