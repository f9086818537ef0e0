"""What is compiled, and what comes of it."""

import dataclasses
from collections.abc import Mapping

from crds import BeadStore, Convoy, Manifest, Refinery, Rig
from workflows.agents import Preset
from workflows.compile.settings import CompileSettings


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is compiled: a convoy on its rig, with the refinery's rules, the agents that are known and the bead store to write to.

    `key_for` is the address that the mounted key was given for, where that may be another than the rig's.
    """

    convoy: Convoy
    rig: Rig
    refinery: Refinery
    agents: Mapping[str, Preset]
    store: BeadStore | None = None
    key_for: str = ""
    settings: CompileSettings = dataclasses.field(default_factory=CompileSettings)

    @property
    def merges(self) -> bool:
        """Whether work goes through the merge queue."""
        return self.convoy.spec.merge_strategy == "merged" and self.refinery.spec.mode != "none"


@dataclasses.dataclass(frozen=True, slots=True)
class Compiled:
    """A Workflow and the ConfigMaps that must exist before it is submitted."""

    workflow: Manifest
    config_maps: tuple[Manifest, ...]
