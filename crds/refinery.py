"""Refinery: the merge queue of a rig, and what a candidate must pass to be merged."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from crds.conditions import Conditions
from crds.gates import Gate, Gates
from crds.meta import AGE, Column, Definition, Resource
from crds.names import Branch, ObjectName
from crds.pods import SecretReference
from crds.pulls import PullRequests
from crds.quantities import Count
from crds.rules import Rule, fixed
from crds.wire import Observed, Wire


class RefinerySpec(Wire):
    """How the queue merges."""

    rig_ref: ObjectName
    """The rig whose beads it merges."""

    target_branch: Branch = "main"
    """The branch that it merges into."""

    test_command: Annotated[str, Field(max_length=8192)] = ""
    """One shell command that a candidate must pass: a short form of gates with one gate called test."""

    gates: Gates = ()
    """The commands that a candidate must pass; the rig's when neither these nor testCommand are given."""

    mode: Literal["direct", "pr", "none"] = "direct"
    """direct pushes to the target, pr opens a pull request and waits for its checks, none leaves the branches
    published.
    """

    pr: PullRequests = Field(default_factory=PullRequests)
    """With mode pr: what pull requests look like, and what they wait for."""

    style: Literal["squash", "merge", "rebase"] = "squash"
    """Whether a bead becomes one commit, keeps its commits under a merge commit, or has them put one by one on
    the target.
    """

    batch_size: Annotated[int, Field(ge=1, le=50)] = 20
    """How many beads at most are tried together behind one run of the gates. After a run that was red the next
    batch is smaller, after a green one larger again.
    """

    conflict_rounds: Annotated[int, Field(ge=0, le=10)] = 2
    """How often a bead that conflicts, or that people or checks of its pull request object to, goes back to an agent
    before a person is asked.
    """

    flaky_retries: Annotated[int, Field(ge=0, le=10)] = 0
    """How often a gate that failed is run again before it counts as failed."""

    parallelism: Annotated[int, Field(ge=1)] = 1
    """How many gates run at once, of those that stand beside each other and say parallel."""

    git_secret_ref: SecretReference | None = None
    """The key that may push to the target; the rig's when absent."""

    rules = (
        fixed(
            "rig_ref",
            wire="rigRef",
            message="can't change: the queue stands there; make a new Refinery",
        ),
        Rule(
            cel="!has(self.testCommand) || self.testCommand == ''"
            " || !has(self.gates) || size(self.gates) == 0",
            message="can't stand beside gates, whose short form it is; give one of them",
            holds=lambda spec: not (spec.test_command and spec.gates),
            field="testCommand",
        ),
    )

    @property
    def own_gates(self) -> tuple[Gate, ...]:
        """The gates of this refinery, whichever way they were given; none means the rig's."""
        return (Gate(name="test", command=self.test_command),) if self.test_command else self.gates


class MergesSummary(Observed):
    """Merges so far."""

    total: Count = 0
    """Merges tried."""

    succeeded: Count = 0
    """Merges that reached the target."""

    failed: Count = 0
    """Merges that ended in a conflict or a failed gate."""

    pending: Count = 0
    """Beads that wait in the queue."""


class LastMerge(Observed):
    """The merge that reached the target last."""

    bead: Annotated[str, Field(max_length=128)]
    """The bead's id."""

    commit: Annotated[str, Field(max_length=64)]
    """The commit on the target that carries it."""

    time: AwareDatetime
    """When it was read back from the target."""


class RefineryStatus(Observed):
    """What the queue does."""

    phase: Literal["Idle", "Processing", "Error"] = "Idle"
    """Idle with nothing queued, Processing, Error when somebody must look."""

    queue_length: Count = 0
    """How many beads wait to be merged."""

    current_merge: Annotated[str, Field(max_length=244)] = ""
    """The bead that is being merged."""

    last_merge_time: AwareDatetime | None = None
    """When the last merge reached the target."""

    last_merge: LastMerge | None = None
    """The merge that reached the target last."""

    merges_summary: MergesSummary = Field(default_factory=MergesSummary)
    """Merges so far."""

    conflicts: Count = 0
    """How many merges found a conflict."""

    observed_generation: Count | None = None
    """The metadata.generation that this status was worked out from."""

    conditions: Conditions = ()
    """The state of the queue by aspect."""


class Refinery(Resource):
    """The merge queue of a rig."""

    definition: ClassVar[Definition] = Definition(
        plural="refineries",
        short_names=("rfy",),
        columns=(
            Column(name="Rig", path=".spec.rigRef"),
            Column(name="Phase", path=".status.phase"),
            Column(name="Queue", path=".status.queueLength", type="integer"),
            Column(name="Current", path=".status.currentMerge"),
            Column(name="Target", path=".spec.targetBranch", priority=1),
            Column(name="Mode", path=".spec.mode", priority=1),
            Column(name="Merged", path=".status.mergesSummary.succeeded", type="integer", priority=1),
            Column(name="Conflicts", path=".status.conflicts", type="integer", priority=1),
            AGE,
        ),
    )

    kind: Literal["Refinery"] = "Refinery"
    spec: RefinerySpec
    status: RefineryStatus = Field(default_factory=RefineryStatus)
