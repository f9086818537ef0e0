"""What the convoys of one machine run on: rigs, beads, agents, and who commits."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from crds import Convoy, Refinery, Rig
from workflows.agents import Preset, presets
from workflows.beads import Bead, with_closed
from workflows.local.repositories import inspection
from workflows.local.rigs import Rigs
from workflows.names import BeadId
from workflows.plan import asks_stores


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a convoy runs on: its rig, the rig's refinery, the beads as they were when it was made, and the known agents.

    `identity` is who commits where the rig names nobody.
    """

    rig: Rig
    refinery: Refinery
    beads: Mapping[BeadId, Bead]
    agents: Mapping[str, Preset]
    identity: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Grounds:
    """The ground of each convoy of a town. `agents_file` is where the user registers agents."""

    rigs: Rigs
    agents_file: Path | None

    def of(self, convoy: Convoy, beads: Mapping[BeadId, Bead]) -> Ground:
        """What a convoy over these beads runs on. Raises Missing."""
        rig = self.rigs.get(convoy.spec.rig_ref)
        agents = presets(user_file=self.agents_file, rig=rig.spec.agents)
        return Ground(
            rig=rig,
            refinery=self.rigs.refinery(rig.metadata.name),
            beads=beads,
            agents=agents,
            # On one machine the user's own name stands under what is done in it, unless the rig names another.
            identity=inspection.identity(),
        )

    def beads(self, convoy: Convoy) -> dict[BeadId, Bead]:
        """The beads that matter to a convoy. One of inline beads that depend on nothing else needs no bead store.

        What was merged before counts as closed, unless the convoy asks for it again.
        """
        if not asks_stores(convoy):
            return {}
        rig = convoy.spec.rig_ref
        merged = self.rigs.merged(rig) - set(convoy.spec.tracked_beads)
        return with_closed(self.rigs.beads(rig), merged)
