"""What events ask of a town, wherever it is."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from crds import Condition, Convoy, EventsStatus, Polecat, Refinery, Rig

Change = Callable[[EventsStatus], EventsStatus]
"""Works out the new state of a rig's events from the one that is stored; may be called more than once."""


class Store(Protocol):
    """A town. Every method raises Later when it does not answer."""

    namespace: str
    """The namespace that convoys are made in; empty on one machine."""

    def version(self) -> Hashable | None:
        """Another one whenever a look may find something new; None where only a look can tell."""

    async def rigs(self) -> Sequence[Rig]:
        """All rigs, with what their status says of events."""

    async def rig(self, name: str) -> Rig | None:
        """One rig, None where there is none."""

    async def slung(self, rig: str) -> Sequence[Convoy]:
        """The convoys of a rig that events made."""

    async def exists(self, convoy: str) -> bool:
        """Whether there is a convoy of that name."""

    async def create(self, convoy: Convoy) -> bool:
        """Make a convoy; False where one of its name is there, which is left as it is. Raises Unreadable when it is refused."""

    async def taken(self, rig: str) -> frozenset[str]:
        """The beads that convoys of the rig have."""

    async def convoy(self, name: str) -> Convoy | None:
        """A convoy with its status, None where there is none."""

    async def polecats(self, convoy: str) -> Sequence[Polecat]:
        """The polecats of a convoy."""

    async def record(self, rig: str, change: Change, conditions: Sequence[Condition] = ()) -> None:
        """Change what the rig's status says of events; two writers at once undo nothing of each other."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All objects that sinks are told of, as they are now."""

    convoys: Sequence[Convoy] = ()
    polecats: Sequence[Polecat] = ()
    refineries: Sequence[Refinery] = ()
    rigs: Sequence[Rig] = ()


class Shelf(Protocol):
    """Where the outbox of each sink is kept, over restarts. Raises Later when it does not answer."""

    async def load(self, sink: str) -> tuple[str, str]:
        """What was saved and its version; both empty where nothing was."""

    async def save(self, sink: str, text: str, version: str) -> str:
        """Replace that version; the new one. Raises Later when another process was faster."""
