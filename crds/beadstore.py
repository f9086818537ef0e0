"""BeadStore: the beads of a rig as they stand in its repository, counted."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from crds import shapes
from crds.conditions import Conditions
from crds.meta import AGE, Column, Definition, Resource
from crds.names import ObjectName
from crds.pods import SecretReference
from crds.quantities import Count, Duration
from crds.rules import fixed
from crds.wire import Observed, Wire


class BeadStoreSpec(Wire):
    """Which beads to read, and how often."""

    rig_ref: ObjectName
    """The rig whose repository holds the beads."""

    prefix: Annotated[str, Field(pattern=shapes.PREFIX_WITH_DASH.pattern, max_length=32)]
    """The prefix of the ids that count, with its dash: gt-."""

    git_secret_ref: SecretReference | None = None
    """The key that may read the repository; the rig's when absent."""

    sync_interval: Duration = "5m"
    """How often the repository is read, to the next more often time that cron can say and once a minute at most; 0 reads it
    only when the store or its rig changes. Whoever sets the annotation gastown.io/read-again to another value has it read at once.
    """

    write_back: bool = False
    """Whether a bead that a convoy merges is closed in the repository: by one commit in the same push, after the bead's own."""

    rules = (
        fixed(
            "rig_ref",
            wire="rigRef",
            message="can't change: a bead store keeps its rig; make a new BeadStore",
        ),
    )


class BeadStoreStatus(Observed):
    """What was read last."""

    phase: Literal["Pending", "Synced", "Error"] = "Pending"
    """Pending before the first read, Synced, Error when the last read failed."""

    last_sync_time: AwareDatetime | None = None
    """When the beads were last read without an error."""

    commit: Annotated[str, Field(max_length=64)] = ""
    """The commit that they were read from."""

    index: Annotated[str, Field(max_length=253)] = ""
    """The ConfigMap that these beads begin in."""

    issue_count: Count = 0
    """How many beads there are with the store's prefix, closed ones included."""

    open_count: Count | None = None
    """How many of them are open."""

    in_progress_count: Count | None = None
    """How many of them are in progress."""

    closed_count: Count | None = None
    """How many of them are closed."""

    ready_count: Count | None = None
    """How many open ones wait for no other bead."""

    observed_generation: Count | None = None
    """The metadata.generation that this status was worked out from."""

    conditions: Conditions = ()
    """The state of the store by aspect."""


class BeadStore(Resource):
    """The beads of a rig, counted."""

    definition: ClassVar[Definition] = Definition(
        plural="beadstores",
        short_names=("bs",),
        columns=(
            Column(name="Rig", path=".spec.rigRef"),
            Column(name="Prefix", path=".spec.prefix"),
            Column(name="Phase", path=".status.phase"),
            Column(name="Issues", path=".status.issueCount", type="integer"),
            Column(name="Ready", path=".status.readyCount", type="integer", priority=1),
            Column(name="Synced", path=".status.lastSyncTime", type="date", priority=1),
            AGE,
        ),
    )

    kind: Literal["BeadStore"] = "BeadStore"
    spec: BeadStoreSpec
    status: BeadStoreStatus = Field(default_factory=BeadStoreStatus)
