"""What clone tells the courier: it has no orders mounted, since they name the repository and its beads."""

import json
from typing import Any, NamedTuple, Self

from workflows.orders import AgentOrders, Fallback
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import SETTINGS

_LARGEST = 4 << 20


class Brief(NamedTuple):
    """One agent to watch. Times are seconds; `packs` are the packs that clone laid into the agent's repository."""

    branch: str
    agent: AgentOrders
    interval: float
    longest: float
    packs: tuple[str, ...] = ()

    def save(self, folder: Folder) -> None:
        """Leave it for the courier. Raises OSError."""
        # What only the launcher needs stays out.
        agent = self.agent._replace(
            environment={}, files={}, fallbacks=tuple(Fallback(each.model) for each in self.agent.fallbacks)
        )
        raw = self._asdict() | {"agent": agent.dump()}
        folder.write(SETTINGS, json.dumps(raw).encode("ascii"))

    @classmethod
    def load(cls, folder: Folder) -> Self | None:
        """None where there is nothing to watch: the work is done already, or clone failed."""
        try:
            raw: dict[str, Any] = json.loads(folder.read(SETTINGS, _LARGEST))
            return cls(**{**raw, "agent": AgentOrders.of(raw["agent"]), "packs": tuple(raw["packs"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None
