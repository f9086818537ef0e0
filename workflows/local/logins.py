"""The agents' credentials on one machine: the user's own, of which the town knows only that they were refused, and renewed since."""

import dataclasses
import datetime

from crds import Condition
from workflows.exits import Reason
from workflows.local.store import Store
from workflows.observe.conditions import condition

_REFUSAL, _SYNC, _EVERY = "RefusedLogin", "LoginSync", "every"
"""Kinds under which the store keeps the last refusal of each rig's agents, and when all credentials were renewed last."""


@dataclasses.dataclass(frozen=True, slots=True)
class Logins:
    """Those of one town. A refusal holds all beads of its rig that ask for the same agent."""

    store: Store

    def refused(self, rig: str, agent: str, *, began: datetime.datetime, message: str) -> None:
        """Note that an agent was refused, unless it began before its credentials were renewed."""
        with self.store.transaction():
            synced = self._synced()
            if (synced and began <= synced) or self.expired(rig, agent):
                return
            metadata = {"name": f"{rig}/{agent}"}
            row = {"kind": _REFUSAL, "metadata": metadata, "rig": rig, "agent": agent}
            self.store.put_resource(row | {"began": began.isoformat(), "message": message})

    def expired(self, rig: str, agent: str) -> bool:
        """Whether a rig's agent waits for its credentials."""
        return self.store.resource(_REFUSAL, f"{rig}/{agent}") is not None

    def refusals(self, rig: str) -> tuple[str, ...]:
        """Which of a rig's agents wait for theirs."""
        return tuple(each for each in self.store.names(_REFUSAL) if each.startswith(f"{rig}/"))

    def synced(self, now: datetime.datetime) -> tuple[str, ...]:
        """They were renewed: nothing waits any more. Returns the rigs that did."""
        with self.store.transaction():
            waited = self.store.resources(_REFUSAL)
            for each in waited:
                self.store.delete_resource(_REFUSAL, each["metadata"]["name"])
            self.store.put_resource({"kind": _SYNC, "metadata": {"name": _EVERY}, "at": now.isoformat()})
        return tuple(sorted({each["rig"] for each in waited}))

    def forget(self, rig: str) -> None:
        """Forget a rig's."""
        for each in self.store.resources(_REFUSAL):
            if each["rig"] == rig:
                self.store.delete_resource(_REFUSAL, each["metadata"]["name"])

    def conditions(self, rig: str) -> tuple[Condition, ...]:
        """That a rig's agents wait, as a condition of the rig; none where none does."""
        waiting = [each for each in self.store.resources(_REFUSAL) if each["rig"] == rig]
        if not waiting:
            return ()
        kind = Reason.CREDENTIALS_EXPIRED.word
        message = "; ".join(f"{each['agent']}: {each['message']}" for each in waiting)
        began = min(datetime.datetime.fromisoformat(each["began"]) for each in waiting)
        return (condition(kind, "Refused", message, holds=True, at=began),)

    def _synced(self) -> datetime.datetime | None:
        known = self.store.resource(_SYNC, _EVERY)
        return datetime.datetime.fromisoformat(known["at"]) if known else None
