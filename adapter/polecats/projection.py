"""Projects the observations of Workflows onto the statuses of their Polecats, bead by bead, only where one changed."""

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from weakref import WeakValueDictionary

from adapter.context import Context
from adapter.errors import Missing
from adapter.objects.keys import key_for
from adapter.objects.views import PolecatView
from adapter.polecats.lastaction import Act, after
from adapter.polecats.status import latest, polecat_status
from adapter.polecats.translation import stand_in
from crds import Convoy, Rig
from workflows.compile import agent_image
from workflows.names import BeadId
from workflows.observe import BeadObservation, Observation


@dataclasses.dataclass(slots=True)
class PolecatProjection:
    """What was last written of each bead, by the uid of its convoy."""

    context: Context
    _projected: dict[str, dict[BeadId, BeadObservation]] = dataclasses.field(default_factory=dict)
    _turns: WeakValueDictionary[str, asyncio.Lock] = dataclasses.field(default_factory=WeakValueDictionary)

    async def project(self, convoy: Convoy, gone: Sequence[Observation] = ()) -> None:
        """Write the status of every Polecat whose bead changed. `gone` are the observations of Workflows that were deleted.

        One at a time for a convoy, and from what is known when its turn has come: its Workflow and the convoy itself may be reconciled in the
        same moment, and would write the same twice, or what was true before last.
        """
        async with self._turns.setdefault(convoy.metadata.uid, asyncio.Lock()):
            await self._project(convoy, gone)

    async def _project(self, convoy: Convoy, gone: Sequence[Observation]) -> None:
        uid = convoy.metadata.uid
        present = [each.observation for each in self.context.workflows_of(key_for(convoy), uid)]
        names = {each.workflow for each in present}
        observations = [*present, *(each for each in gone if each.workflow not in names)]
        projected = self._projected.setdefault(uid, {})
        polecats = self.context.polecats_of(convoy)
        turns = {
            bead: (observation, seen)
            for bead, (observation, seen) in latest(observations).items()
            if bead in polecats and projected.get(bead) != seen
        }
        if not turns:
            return
        rig = self.context.rig_of(convoy) or stand_in(convoy.rig or "gone")
        image = agent_image(convoy, rig, self.context.settings.compile)
        await asyncio.gather(
            *(
                self._write(polecats[bead], seen, observation, convoy=convoy, rig=rig, image=image)
                for bead, (observation, seen) in turns.items()
            )
        )

    async def show(self, convoy: Convoy, bead: BeadId, act: Act) -> None:
        """Write what the agent of one bead did, with all else that is known of the bead."""
        uid = convoy.metadata.uid
        async with self._turns.setdefault(uid, asyncio.Lock()):
            present = self.context.workflows_of(key_for(convoy), uid)
            known = latest([each.observation for each in present]).get(bead)
            polecat = self.context.polecats_of(convoy).get(bead)
            if known is None or polecat is None:
                return
            rig = self.context.rig_of(convoy) or stand_in(convoy.rig or "gone")
            image = agent_image(convoy, rig, self.context.settings.compile)
            observation, seen = known
            await self._write(after(polecat, act), seen, observation, convoy=convoy, rig=rig, image=image)

    def recorded(self, uid: str, observation: Observation, others: Mapping[BeadId, str]) -> bool:
        """True when all that a Workflow says is written. `others` are beads that a later attempt carries."""
        projected = self._projected.get(uid, {})
        return all(projected.get(bead.bead) == bead for bead in observation.beads if bead.bead not in others)

    def forget(self, uid: str, bead: BeadId | None = None) -> None:
        """Write a bead again, or all of them: somebody else wrote to its Polecat, or it is new."""
        if bead is None:
            self._projected.pop(uid, None)
        else:
            self._projected.get(uid, {}).pop(bead, None)

    async def _write(
        self,
        polecat: PolecatView,
        seen: BeadObservation,
        observation: Observation,
        *,
        convoy: Convoy,
        rig: Rig,
        image: str,
    ) -> None:
        status = polecat_status(
            polecat,
            seen,
            observation=observation,
            convoy=convoy,
            rig=rig,
            now=self.context.now(),
            image=image,
        )
        try:
            await self.context.writer.status(polecat, status)
        except Missing:
            return  # deleted meanwhile; its convoy makes it again and it is shown then
        self._projected.setdefault(convoy.metadata.uid, {})[seen.bead] = seen
