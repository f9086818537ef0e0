"""What can go wrong between a delivery and a convoy, classed by what the sender is told.

EventsError
├── Unsigned        no signature, or a wrong one: 401
├── TooLarge        more bytes than any forge sends: 413
├── Unreadable      signed, but not what its headers say: 400
├── Unconfigured    a setting, a rig or a mounted secret is missing; names it and the next step
└── Later           the apiserver or the forge does not answer: 503, so that the delivery stays listed as failed
"""


class EventsError(Exception):
    """Root of the errors of `events`."""

    def __init__(self, message: str) -> None:
        # Words of strangers stand in it: they shall not break the line, nor reach a terminal as commands.
        super().__init__("".join(each if each.isprintable() else " " for each in message))


class Unsigned(EventsError):
    """Nothing of the delivery was read."""


class TooLarge(EventsError):
    """Nothing of the delivery was parsed."""


class Unreadable(EventsError):
    """The content is not what its sender says it is."""


class Unconfigured(EventsError):
    """Somebody has to set something before this can work."""


class Later(EventsError):
    """Worth another try, not before `after` seconds where somebody said so."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        self.after = after
        super().__init__(message)
