"""Convoy: beads that are worked and merged together, in the order of their dependencies."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from crds import shapes
from crds.agents import AgentConfig
from crds.budgets import Budget
from crds.conditions import Conditions
from crds.eventsources import ConvoySource
from crds.lists import Keyed
from crds.meta import AGE, Column, Definition, Resource
from crds.names import AgentName, BeadId, Branch, ObjectName, OptionalName, Text, Word
from crds.polecat import Answer
from crds.quantities import Count, Dollars, Duration
from crds.rules import Change, Rule, fixed_once_set
from crds.triggers import MergeStrategy, Theme
from crds.wire import Observed, Wire


class Merge(Wire):
    """What a convoy merged of one bead."""

    bead: BeadId
    """The bead."""

    convoy: ObjectName
    """The convoy that merged it."""


class InlineBead(Wire):
    """A bead that stands in the convoy itself and in no bead store."""

    id: BeadId
    """The id; the task, the branch and the merge commit are named after it."""

    title: Annotated[str, Field(min_length=1, max_length=500)]
    """What to do, in one line."""

    description: Text = ""
    """What to do, in full; the agent reads it as its task."""

    acceptance: Text = ""
    """What must hold when it is done; the agent reads it after the task."""

    priority: Annotated[int, Field(ge=0, le=4)] = 2
    """Who goes first where dependencies leave a choice: 0 first, 4 last."""

    type: Annotated[str, Field(max_length=64, pattern=shapes.KEY.pattern)] = "task"
    """The kind of work: task, bug, feature, chore."""

    labels: Annotated[tuple[Word, ...], Field(max_length=64)] = ()
    """Labels, passed on to the agent and to the merge commit."""

    depends_on: Annotated[tuple[BeadId, ...], Field(max_length=64)] = ()
    """The beads that must be merged, or published, before this one starts."""

    branch: Branch | None = None
    """A branch that holds the work: the refinery merges what is on it, and no agent works."""

    reverts: Merge | None = None
    """The merge that is taken back: the refinery makes the reverse of it and merges that, and no agent works."""

    on_conflict: Literal["Person", "Agent"] = "Person"
    """Who resolves a revert that conflicts with what was merged later; what is on a branch is always left to a person."""

    @property
    def unworked(self) -> bool:
        """Whether its work stands in the repository already, so that no agent is needed."""
        return bool(self.branch or self.reverts)

    @property
    def by_hand(self) -> bool:
        """Whether no agent is to touch it, even where it conflicts."""
        return self.unworked and self.on_conflict == "Person"

    rules = (
        Rule(
            cel="!(has(self.branch) && has(self.reverts))",
            message="is a branch or a revert; name one of them",
            holds=lambda bead: not (bead.branch and bead.reverts),
            field="reverts",
        ),
        Rule(
            cel="!has(self.branch) || !self.branch.startsWith('polecat/')",
            message="is a polecat's; name a branch of your own, or retry the bead",
            holds=lambda bead: not (bead.branch or "").startswith("polecat/"),
            field="branch",
        ),
        Rule(
            cel="!has(self.onConflict) || self.onConflict == 'Person' || has(self.reverts)",
            message="is for a revert; leave it out",
            holds=lambda bead: bead.on_conflict == "Person" or bead.reverts is not None,
            field="onConflict",
        ),
        Rule(
            cel="!has(self.dependsOn) || !(self.id in self.dependsOn)",
            message="names the bead itself; take its own id out",
            holds=lambda bead: bead.id not in bead.depends_on,
            field="dependsOn",
        ),
    )


class BeadAnswer(Answer):
    """What a person says to the agent that works a bead next."""

    bead: BeadId
    """The bead."""

    rejects: Annotated[str, Field(max_length=64)] = ""
    """The held commit that a person looked at and does not take; empty for any other answer."""


class ConvoySpec(Wire):
    """What the convoy shall get done, and within which limits."""

    @property
    def bead_ids(self) -> tuple[str, ...]:
        """All beads, tracked and inline."""
        return (*self.tracked_beads, *(bead.id for bead in self.beads))

    description: Annotated[str, Field(min_length=1, max_length=65536)]
    """What the convoy is for, in words for people."""

    tracked_beads: Annotated[tuple[BeadId, ...], Field(max_length=2000)] = ()
    """Ids of beads from the rig's bead store."""

    beads: Annotated[tuple[InlineBead, ...], Field(max_length=500), Keyed("id")] = ()
    """Beads that stand here, in no bead store; they and trackedBeads may depend on each other."""

    rig_ref: OptionalName = ""
    """The rig to work on; found by the prefix of the beads' ids when absent."""

    parallelism: Annotated[int, Field(ge=0)] = 0
    """How many polecats of the convoy run at once; 0 sets no limit besides the rig's."""

    merge_strategy: MergeStrategy = "merged"
    """When a dependent bead starts: after what it depends on is merged, or as soon as that is published."""

    base_branch: Branch | None = None
    """The branch that work starts from and is merged into; the refinery's target when absent."""

    on_open_dependency: Literal["Fail", "Ignore"] = "Fail"
    """What to do about a dependency on an open bead outside of the convoy: refuse the convoy, or work as if
    it were closed.
    """

    deadline: Duration = ""
    """How long the convoy may take from its start; what still runs is then stopped, its work pushed. No limit
    when absent.
    """

    budget: Budget | None = None
    """What the convoy may spend on models."""

    agent: AgentName | None = None
    """The agent that works the beads; the rig's when absent."""

    agent_config: AgentConfig | None = None
    """How the agent is set up; the rig's when absent."""

    namepool_theme: Theme | None = None
    """The names that the polecats get; the rig's theme when absent."""

    suspend: bool = False
    """True starts no further bead until it is false again; what runs goes on."""

    stop: bool = False
    """True stops what runs, pushes its work so far and ends the convoy."""

    attempt: Count = 0
    """Raise it to work again on what failed; what is merged is left alone."""

    retry: Annotated[tuple[BeadId, ...], Field(max_length=2000)] = ()
    """The beads that the attempt takes up again, of those that failed by themselves, with all that waited for
    them; every one that failed when empty.
    """

    held: bool = False
    """True keeps what agents finished in the merge queue until a person lands it; what depends on it waits, too."""

    land: Annotated[tuple[BeadId, ...], Field(max_length=2000)] = ()
    """The beads that a person lets into the target without an agent: held ones, and those that the merge queue refused. Name them
    in retry too, and raise attempt.
    """

    answers: Annotated[tuple[BeadAnswer, ...], Field(max_length=500)] = ()
    """What people said to agents so far; the next run of the bead reads all of it. Raise attempt with it.
    """

    source: ConvoySource | None = None
    """The event that made the convoy; gastown-events writes it, and nobody changes it."""

    notify_on_complete: Annotated[str, Field(max_length=1024)] = ""
    """Whom to tell of the end: the CloudEvents of the convoy's end carry it as `notify`, and on one machine the
    command of `--notify` gets it as GASTOWN_NOTIFY_TO.
    """

    rules = (
        Rule(
            cel="(has(self.trackedBeads) && size(self.trackedBeads) > 0)"
            " || (has(self.beads) && size(self.beads) > 0)",
            message="needs at least one bead; list ids in trackedBeads or write beads inline in beads",
            holds=lambda spec: bool(spec.tracked_beads or spec.beads),
        ),
        Rule(
            cel="!has(self.held) || !self.held || !has(self.mergeStrategy) || self.mergeStrategy == 'merged'",
            message="holds what is to be merged; leave mergeStrategy at merged",
            holds=lambda spec: not spec.held or spec.merge_strategy == "merged",
            field="held",
        ),
        fixed_once_set(
            "rig_ref",
            wire="rigRef",
            message="can't change once it is set: the convoy's branches are there; make a new Convoy",
        ),
        Change(
            cel="!has(oldSelf.attempt) || (has(self.attempt) && self.attempt >= oldSelf.attempt)",
            message="only goes up: lower numbers name Workflows that have run",
            holds=lambda old, new: new.attempt >= old.attempt,
            field="attempt",
        ),
        Change(
            cel="has(self.source) == has(oldSelf.source) && (!has(self.source) || self.source == oldSelf.source)",
            message="can't change: it says which event made the convoy and who was allowed to",
            holds=lambda old, new: old.source == new.source,
            field="source",
        ),
    )


class PhaseCounts(Observed):
    """How many beads are where."""

    waiting: Count = 0
    """Not started: a dependency, a limit or a suspension holds them."""

    working: Count = 0
    """An agent is at work."""

    merging: Count = 0
    """Published, and with the refinery."""

    done: Count = 0
    """At the end that mergeStrategy asks for."""

    failed: Count = 0
    """Ended otherwise."""


class Waiting(Observed):
    """Why a bead has not started."""

    bead: Annotated[str, Field(max_length=128)]
    """The bead's id."""

    reason: Annotated[str, Field(max_length=1024)]
    """What it waits for, as a sentence."""


class Train(Observed):
    """One Workflow of the convoy."""

    workflow: Annotated[str, Field(max_length=253)]
    """The Workflow's name."""

    phase: Annotated[str, Field(max_length=64)] = ""
    """The Workflow's phase; empty while it is not submitted."""

    beads: Annotated[tuple[Annotated[str, Field(max_length=128)], ...], Field(max_length=100)] = ()
    """The beads it carries."""


BeadIds = Annotated[tuple[Annotated[str, Field(max_length=128)], ...], Field(max_length=2500)]


class ConvoyStatus(Observed):
    """How far the convoy is."""

    @property
    def ended(self) -> bool:
        """Whether nothing of the convoy runs or will run."""
        return self.phase in ("Complete", "Failed")

    phase: Literal["Pending", "InProgress", "Complete", "Failed"] = "Pending"
    """Pending before the first bead, InProgress, Complete when all are done, Failed when it ended else."""

    rig: Annotated[str, Field(max_length=253)] = ""
    """The rig that it works on, as given or as found by the prefix of its beads."""

    progress: Annotated[str, Field(max_length=32)] = ""
    """Done and all, as 2/3."""

    completed_beads: BeadIds = ()
    """The beads that are done."""

    merged_beads: BeadIds = ()
    """The beads that are in the target branch, as read back."""

    pending_beads: BeadIds = ()
    """The beads that are not done and may still be."""

    failed_beads: BeadIds = ()
    """The beads that ended without being done, and those that can't start for it."""

    phases: PhaseCounts | None = None
    """How many beads are where."""

    waiting: Annotated[tuple[Waiting, ...], Field(max_length=2500)] = ()
    """Why each bead that has not started has not."""

    trains: Annotated[tuple[Train, ...], Field(max_length=256)] = ()
    """The Workflows of this attempt, in order."""

    cost_usd: Dollars | None = None
    """What the agents spent, where they tell."""

    tokens: Count | None = None
    """How many tokens the agents used, where they tell."""

    attempt: Count | None = None
    """The spec.attempt that this status is about."""

    started_at: AwareDatetime | None = None
    """When the first Workflow started."""

    completed_at: AwareDatetime | None = None
    """When the convoy ended."""

    observed_generation: Count | None = None
    """The metadata.generation that this status was worked out from."""

    beads_convoy_id: Annotated[str, Field(max_length=128)] = ""
    """Accepted from gastown-operator up to 0.4.0; nothing writes it."""

    conditions: Conditions = ()
    """The state of the convoy by aspect."""


class Convoy(Resource):
    """Beads that are worked and merged together."""

    definition: ClassVar[Definition] = Definition(
        plural="convoys",
        short_names=("cv",),
        columns=(
            Column(name="Phase", path=".status.phase"),
            Column(name="Progress", path=".status.progress"),
            Column(name="Rig", path=".spec.rigRef", priority=1),
            Column(name="Failed", path=".status.phases.failed", type="integer", priority=1),
            Column(name="Cost", path=".status.costUSD", type="number", priority=1),
            AGE,
        ),
    )

    kind: Literal["Convoy"] = "Convoy"
    spec: ConvoySpec
    status: ConvoyStatus = Field(default_factory=ConvoyStatus)

    @property
    def rig(self) -> str:
        """The rig that it names or, where it names none, that was found for it; empty before."""
        return self.spec.rig_ref or self.status.rig
