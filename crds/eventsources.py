"""Where a convoy came from when an event slung it, and what a rig knows of its events."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from crds.lists import Keyed
from crds.names import Line, OptionalName, Word
from crds.quantities import Count
from crds.triggers import Event, Globs
from crds.wire import Observed, Wire

Id = Annotated[str, Field(max_length=128)]
"""An id as a forge gives it."""

JUDGED = "@"
"""Between how a pull request looks and when it was judged."""

Address = Annotated[str, Field(max_length=2048)]


class Sender(Wire):
    """The account whose act it was; accounts are told apart by id, as names can be taken over."""

    id: Id = ""
    """The account's id at the forge."""

    name: Id = ""
    """The account's name at that moment."""


class ConvoySource(Wire):
    """The event that made a convoy. gastown-events writes it when it makes the convoy, and nobody afterwards."""

    trigger: Annotated[str, Field(min_length=1, max_length=63)]
    """The trigger of the rig that matched."""

    event: Event
    """The kind of event."""

    forge: Annotated[str, Field(max_length=253)] = ""
    """The forge's host; the source of a CloudEvent."""

    repository: Id = ""
    """The repository's id at the forge."""

    object: Annotated[str, Field(min_length=1, max_length=512)]
    """What the event was about: the id of the issue, label event, comment or review; branch and commit of a push."""

    number: Count | None = None
    """The number of the issue or pull request, where answers are written."""

    pull: bool = False
    """Whether that number is a pull request's."""

    url: Address = ""
    """Where people see it."""

    sender: Sender = Field(default_factory=Sender)
    """Whose act it was."""

    text_digest: Annotated[str, Field(max_length=64)] = ""
    """SHA-256 of the text that was authorised, which is the text that is worked."""

    at: AwareDatetime
    """When it happened, as the forge tells."""

    protected_paths: Globs = ()
    """Globs of files that the convoy may not change without a person; ** where the text is anybody's."""

    @property
    def shown(self) -> str:
        """Where people see the event: its page, or what names it where it has none."""
        return self.url or f"{self.forge} {self.object}".strip()


class RefusedEvents(Observed):
    """Events that slung nothing, for one reason."""

    reason: Word
    """The reason, as one word."""

    count: Count = 0
    """How many."""

    message: Line = ""
    """The newest of them, as a sentence."""

    at: AwareDatetime
    """When the newest of them was seen."""


class PinnedActor(Observed):
    """The account that a name meant when it first triggered something."""

    name: Id
    """The name."""

    id: Id
    """The account's id."""


class SeenTrigger(Observed):
    """A trigger, and from when on events count for it."""

    name: Annotated[str, Field(max_length=63)]
    """The trigger."""

    since: AwareDatetime
    """What happened before slings nothing: the trigger was not there."""


class DecidedEvent(Observed):
    """What became of one event for one trigger."""

    trigger: Annotated[str, Field(max_length=63)] = ""
    """The trigger."""

    event: Annotated[str, Field(max_length=32)]
    """The kind of event."""

    number: Count | None = None
    """The issue or pull request that it was about."""

    delivery: Id = ""
    """The id of the delivery that told of it; empty for a poll."""

    convoy: OptionalName = ""
    """The convoy that it made."""

    reason: Word
    """Slung, or why not, as one word."""

    message: Line = ""
    """Why, as a sentence."""

    at: AwareDatetime
    """When it was decided."""


class EventsStatus(Observed):
    """What gastown-events saw and did for a rig."""

    last_event: AwareDatetime | None = None
    """When the last signed webhook came."""

    last_repair: AwareDatetime | None = None
    """When the forge was last asked for everything."""

    last_repair_found: Count = 0
    """How many events that repair found which no webhook had told of."""

    slung: Count = 0
    """How many convoys events have made."""

    refused: Annotated[tuple[RefusedEvents, ...], Field(max_length=64), Keyed("reason")] = ()
    """How many events slung nothing, by reason."""

    recent: Annotated[tuple[DecidedEvent, ...], Field(max_length=256)] = ()
    """The last decisions, newest first."""

    actors: Annotated[tuple[PinnedActor, ...], Field(max_length=256), Keyed("name")] = ()
    """The accounts that names in actors of triggers mean."""

    triggers: Annotated[tuple[SeenTrigger, ...], Field(max_length=64), Keyed("name")] = ()
    """The triggers of the rig, and since when each is known."""

    claims: Annotated[tuple[Annotated[str, Field(max_length=63)], ...], Field(max_length=4096)] = ()
    """The convoys that events made within the window, oldest first: none of them is made again when it is deleted."""

    pulls: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=4096)] = ()
    """How each open pull request looks, while merges wait for people: its number, and what changes with every change of it; behind an `@` the
    second in which checks or reviews of it were told last, as that may change nothing else.
    """

    pulls_at: AwareDatetime | None = None
    """When they were listed."""

    horizon: AwareDatetime | None = None
    """Events up to this moment sling nothing any more: their claims are forgotten."""
