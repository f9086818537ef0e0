"""Views: what the cache keeps of an object, frozen, and no more than deciding needs.

A cluster with 5,000 polecats would fill the memory with manifests. So of a Workflow its observation is kept, of a convoy's
polecat a few words and a digest of its status, and of the few others the parsed resource.
"""

import dataclasses
import datetime
from collections.abc import Mapping

from adapter.objects.annotations import FINALIZER
from adapter.objects.keys import Key
from crds import AnyResource
from crds.polecat import ENDED
from workflows.names import BeadId
from workflows.observe import (
    CheckObservation,
    Observation,
    SyncObservation,
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What all views have. `version` is the resourceVersion, `owner` the uid of the controlling owner of ours, if any."""

    key: Key
    uid: str
    version: int
    deleting: bool
    owner: str
    owner_key: Key | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowView(Seen):
    """A Workflow of ours. `suspended_by` is why the adapter suspended it, `copied` whether Argo's resubmit made it, `check` what it
    says of a rig's repository, where that is what it asks. `described` is the digest of its description, `titles` those of its beads.
    """

    rig: str
    finalizers: tuple[str, ...]
    suspended_by: str
    detached: bool
    copied: bool
    suspended: bool
    shutdown: str
    observation: Observation
    check: CheckObservation | None
    described: str = ""
    titles: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def has_finalizer(self) -> bool:
        """True while our finalizer is on it."""
        return FINALIZER in self.finalizers

    @property
    def ended(self) -> bool:
        """True once it has ended and all its results are in."""
        return self.observation.ended


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SyncView(Seen):
    """A Workflow that reads a bead store."""

    rig: str
    observation: SyncObservation


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PolecatView(Seen):
    """A Polecat. `resource` is kept of those that were made by hand only, `pod` while it runs."""

    bead: BeadId
    rig: str
    phase: str
    reason: str
    active: bool
    summary: str
    merged: str
    agent: str
    cost: float
    tokens: int
    activity: int
    started: str
    finished: str
    last_activity: str
    last_action: str
    pod: str
    desired: str
    generation: int
    digest: str
    since: tuple[tuple[str, str, str], ...]
    resource: AnyResource | None
    problem: str

    @property
    def ended(self) -> bool:
        """True while it works no more."""
        return self.phase in ENDED


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ResourceView(Seen):
    """Any other of the six kinds. `resource` is None where it can't be read; `problem` then says why."""

    rig: str
    digest: str
    resource: AnyResource | None
    problem: str


View = WorkflowView | SyncView | PolecatView | ResourceView


def moment(text: str) -> datetime.datetime | None:
    """A time of a manifest, None for none. An apiserver takes small letters in it, and may take what Python knows no time for: a watch that
    reads the objects of all namespaces must not end with one.
    """
    try:
        found = datetime.datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
