"""What deciding about a convoy takes, read from the cache before anything is decided."""

import dataclasses
import datetime

from adapter.convoys.sources import Source
from adapter.objects.conditions import Problem
from adapter.objects.views import WorkflowView
from crds import (
    Convoy,
    Refinery,
    Rig,
)
from workflows.observe import Observation


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConvoyState:
    """Everything that deciding about a convoy takes.

    `sources` are the bead stores that it may take beads from, `merged` beads that other convoys of the rig merged, `workflows` those that it owns, `remembered` what is known of those that are gone, `obstacle` why its last try to submit failed,
    `synced` when the credentials of its agents were renewed last, `neighbours` the convoys of its rig.
    """

    convoy: Convoy
    rig: Rig | None
    refinery: Refinery | None
    workflows: tuple[WorkflowView, ...]
    now: datetime.datetime
    sources: tuple[Source, ...] = ()
    merged: frozenset[str] = frozenset()
    gone: tuple[Observation, ...] = ()
    obstacle: Problem | None = None
    synced: datetime.datetime | None = None
    neighbours: tuple[Convoy, ...] = ()
