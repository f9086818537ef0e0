"""Witness: watches the polecats of a rig and says which of them somebody must look at."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from crds.conditions import Conditions
from crds.meta import AGE, Column, Definition, Resource
from crds.names import Line, ObjectName
from crds.quantities import Count, Duration
from crds.rules import fixed
from crds.wire import Observed, Wire


class WitnessSpec(Wire):
    """What to watch, and when to call."""

    rig_ref: ObjectName
    """The rig whose polecats it watches."""

    health_check_interval: Duration = "30s"
    """How often the clock is looked at; changes of a polecat are seen at once."""

    stuck_threshold: Duration = "15m"
    """How long a working polecat may show no activity before it counts as stuck."""

    escalation_target: Line = "mayor"
    """Who is told of a stuck polecat: mayor, slack, email, or an http(s) address that takes the message."""

    rules = (
        fixed(
            "rig_ref",
            wire="rigRef",
            message="can't change: a witness keeps its rig; make a new Witness",
        ),
    )


class PolecatsSummary(Observed):
    """The polecats of the rig by state."""

    total: Count = 0
    """All of them."""

    running: Count = 0
    """At work."""

    succeeded: Count = 0
    """Done."""

    failed: Count = 0
    """Ended without being done."""

    stuck: Count = 0
    """At work without activity, or waiting for a person."""


class StuckPolecat(Observed):
    """A polecat that somebody must look at."""

    polecat: Annotated[str, Field(max_length=253)]
    """Its name."""

    bead: Annotated[str, Field(max_length=128)] = ""
    """The bead it works on."""

    since: AwareDatetime | None = None
    """When it last showed activity."""

    reason: Annotated[str, Field(max_length=1024)] = ""
    """Why it counts as stuck, as a sentence."""

    escalated: AwareDatetime | None = None
    """When the sink took the call about it; none while nobody was called."""


class WitnessStatus(Observed):
    """What the witness sees."""

    phase: Literal["Pending", "Active", "Degraded"] = "Pending"
    """Pending with nothing to watch, Active, Degraded when a polecat is stuck or failed."""

    last_check_time: AwareDatetime | None = None
    """When something was last found to have changed."""

    polecats_summary: PolecatsSummary = Field(default_factory=PolecatsSummary)
    """The polecats of the rig by state."""

    stuck: Annotated[tuple[StuckPolecat, ...], Field(max_length=256)] = ()
    """The polecats that somebody must look at."""

    observed_generation: Count | None = None
    """The metadata.generation that this status was worked out from."""

    conditions: Conditions = ()
    """The health of the rig by aspect."""


class Witness(Resource):
    """Watches the polecats of a rig."""

    definition: ClassVar[Definition] = Definition(
        plural="witnesses",
        short_names=("wt",),
        columns=(
            Column(name="Rig", path=".spec.rigRef"),
            Column(name="Phase", path=".status.phase"),
            Column(name="Running", path=".status.polecatsSummary.running", type="integer"),
            Column(name="Stuck", path=".status.polecatsSummary.stuck", type="integer"),
            Column(name="Failed", path=".status.polecatsSummary.failed", type="integer", priority=1),
            AGE,
        ),
    )

    kind: Literal["Witness"] = "Witness"
    spec: WitnessSpec
    status: WitnessStatus = Field(default_factory=WitnessStatus)
