"""The types of CloudEvents that go out, with what each carries. `docs/cloudevents.md` is made from it."""

import datetime
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Data(BaseModel):
    """What an event carries besides its attributes."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        alias_generator=to_camel,
        populate_by_name=True,
    )


class ConvoyData(Data):
    """A convoy, as its status was."""

    convoy: str
    """Name of the convoy."""
    namespace: str
    """Its namespace; empty on one machine."""
    rig: str
    """The rig that it works on."""
    attempt: int
    """How often it was resumed."""
    progress: str
    """Beads that are done and all, as 2/3."""
    merged_beads: tuple[str, ...]
    """The beads that are in the target branch."""
    failed_beads: tuple[str, ...]
    """The beads that ended otherwise."""
    cost_usd: float | None
    """Dollars that the agents spent, where they tell."""
    notify: str
    """Whom the convoy's `notifyOnComplete` names; empty before its end."""


class BeadData(Data):
    """A bead and the polecat that works it."""

    bead: str
    """Id of the bead."""
    rig: str
    """The rig."""
    convoy: str
    """The convoy; empty for a polecat that was made by hand."""
    polecat: str
    """Name of the polecat."""
    agent: str
    """The agent."""
    branch: str
    """The work branch."""
    commit: str
    """Head of the work branch, as read back from the remote."""
    merged_commit: str
    """The commit of the target branch; empty before the merge."""
    reason: str
    """How it ended, as one word: Completed, GateFailed, AuthFailed and so on."""
    summary: str
    """How it ended, as a sentence."""
    cost_usd: float | None
    """Dollars that the agent spent, where it tells."""


class RefineryData(Data):
    """A merge queue."""

    refinery: str
    """Name of the refinery."""
    rig: str
    """The rig."""
    reason: str
    """Why, as one word."""
    message: str
    """Why, as a sentence."""


class LoginData(Data):
    """Agents of a rig that wait for their credentials."""

    rig: str
    """The rig."""
    message: str
    """The agent, and how it was refused."""


class TriggerData(Data):
    """What became of an event of a forge, or of a CloudEvent that came in."""

    rig: str
    """The rig."""
    trigger: str
    """The trigger of the rig."""
    event: str
    """The kind of event: IssueLabelled, Comment and so on."""
    number: int | None
    """Number of the issue or pull request."""
    reason: str
    """Slung, or why not, as one word."""
    message: str
    """Why, as a sentence."""
    convoy: str
    """The convoy that it made; empty where it made none."""
    url: str
    """Where people see what happened, where that is known."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of event."""

    name: str
    data: type[Data]
    meaning: str
    """When it is sent, as a sentence."""


CREATED = Kind("io.gastown.convoy.created", ConvoyData, "A convoy was made.")
STARTED = Kind("io.gastown.convoy.started", ConvoyData, "The first Workflow of a convoy's attempt started.")
COMPLETED = Kind("io.gastown.convoy.completed", ConvoyData, "All beads of a convoy are done.")
FAILED = Kind("io.gastown.convoy.failed", ConvoyData, "A convoy ended, and not all of its beads are done.")
BEAD_STARTED = Kind("io.gastown.bead.started", BeadData, "An agent began to work on a bead.")
BEAD_PUBLISHED = Kind("io.gastown.bead.published", BeadData, "A bead's work is safe on its branch.")
BEAD_FAILED = Kind(
    "io.gastown.bead.failed", BeadData, "A bead ended without being done; its reason says why."
)
MERGED = Kind("io.gastown.merge.completed", BeadData, "A bead's work is in the target branch, as read back.")
NOT_MERGED = Kind("io.gastown.merge.failed", BeadData, "A bead was published and could not be merged.")
REFINERY = Kind("io.gastown.refinery.failing", RefineryData, "A merge queue needs somebody to look.")
CREDENTIALS = Kind(
    "io.gastown.credentials.refused",
    LoginData,
    "An agent's credentials were refused: beads of the rig wait until somebody has renewed them.",
)
SLUNG = Kind("io.gastown.trigger.slung", TriggerData, "An event made a convoy.")
REFUSED = Kind(
    "io.gastown.trigger.refused", TriggerData, "An event that a trigger listens to made no convoy."
)

KINDS = (
    CREATED, STARTED, COMPLETED, FAILED, BEAD_STARTED, BEAD_PUBLISHED, BEAD_FAILED,
    MERGED, NOT_MERGED, REFINERY, CREDENTIALS, SLUNG, REFUSED,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened to one object."""

    kind: Kind
    id: str
    """A function of object, version and type: the same however often it is told, and by whom."""
    source: str
    subject: str
    at: datetime.datetime
    data: Data
