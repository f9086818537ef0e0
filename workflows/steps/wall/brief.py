"""What clone tells the courier: it has no orders mounted, since they name the repository and its beads."""

import json
from typing import Any, NamedTuple, Self

from workflows.orders import AgentOrders, AgentReport
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
        nothing: dict[str, str] = {}
        # What only the launcher needs stays out.
        agent = self.agent._asdict() | {
            "environment": nothing,
            "files": nothing,
            "codes": dict(self.agent.codes),
        }
        raw = self._asdict() | {"agent": agent | {"report": self.agent.report._asdict()}}
        folder.write(SETTINGS, json.dumps(raw).encode("ascii"))

    @classmethod
    def load(cls, folder: Folder) -> Self | None:
        """None where there is nothing to watch: the work is done already, or clone failed."""
        try:
            raw: dict[str, Any] = json.loads(folder.read(SETTINGS, _LARGEST))
            agent = _tuples(raw["agent"])
            agent["report"] = AgentReport(**_tuples(agent["report"]))
            return cls(**{**raw, "agent": AgentOrders(**agent), "packs": tuple(raw["packs"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None


def _tuples(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
