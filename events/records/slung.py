"""What a convoy itself says of the event that made it: it stays true however many events came since. Pure."""

from crds import Convoy, DecidedEvent
from events.model import Reason


def slung(convoy: Convoy) -> DecidedEvent | None:
    """The decision that made a convoy; None for one that a person made."""
    source = convoy.spec.source
    if source is None:
        return None
    name = convoy.metadata.name
    return DecidedEvent(
        trigger=source.trigger,
        event=source.event,
        number=source.number,
        convoy=name,
        reason=Reason.SLUNG.value,
        message=f"it made convoy {name}",
        at=source.at,
    )
