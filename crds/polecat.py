"""Polecat: one coding agent at work on one bead, on its own branch."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from crds.agents import DEFAULT_AGENT, AgentConfig
from crds.conditions import Conditions
from crds.meta import AGE, Column, Definition, Resource
from crds.names import AgentName, Branch, GitUrl, Image, ObjectName, OptionalBeadId, Text
from crds.pods import (
    ConfigMapReference,
    HostKeyChecking,
    Resources,
    SecretKeyReference,
    SecretReference,
)
from crds.quantities import Count, Dollars
from crds.rules import Change, Rule, fixed
from crds.wire import Observed, Wire


class KubernetesSpec(Wire):
    """How the polecat runs in a cluster; what is absent comes from the rig."""

    git_repository: GitUrl
    """The repository to clone and to push the work to."""

    git_branch: Branch = "main"
    """The branch that work starts from."""

    work_branch: Branch | None = None
    """The branch that the agent commits to; named after the bead when absent."""

    git_secret_ref: SecretReference | None = None
    """The key to the repository; the rig's when absent, and none for a public one."""

    claude_creds_secret_ref: SecretReference | None = None
    """The agent's credentials as files of its home directory."""

    api_key_secret_ref: SecretKeyReference | None = None
    """The agent's API key."""

    agent: AgentName | None = None
    """The agent; spec.agent when absent."""

    agent_config: AgentConfig | None = None
    """How the agent is set up; spec.agentConfig when absent."""

    image: Image = ""
    """The container image of the agent; agentConfig.image when absent."""

    resources: Resources | None = None
    """Compute resources of the agent's container; spec.resources when absent. What it does not name is as the chart's
    pods.agentResources says.
    """

    active_deadline_seconds: Annotated[int, Field(ge=1)] = 3600
    """How long the polecat may run in all before it is stopped as TimedOut; its work is pushed first."""

    ssh_known_hosts_config_map_ref: ConfigMapReference | None = None
    """Host keys under the key known_hosts, for a git server other than the well-known ones."""

    ssh_strict_host_key_checking: HostKeyChecking = "yes"
    """How git treats a host whose key is not known: yes refuses it, accept-new trusts it once, no never
    looks.
    """


class Task(Wire):
    """The task as gastown-operator's README writes it."""

    description: Text
    """What to do; the same as spec.taskDescription."""


class Answer(Wire):
    """What a person says to the agent that works the bead next."""

    question: Text = ""
    """What the person answers to, such as the agent's question; empty where it is said unasked."""

    words: Annotated[str, Field(min_length=1, max_length=65536)]
    """The person's words; the agent reads them after its task."""


class PolecatSpec(Wire):
    """What the polecat shall do."""

    rig: ObjectName
    """The rig that it works on."""

    desired_state: Literal["Idle", "Working", "Terminated"] = "Idle"
    """Working runs the agent, Idle stops it and keeps the branch, Terminated stops it for good."""

    bead_id: OptionalBeadId = ""
    """The bead to work on; its text is read from the rig's bead store."""

    task_description: Text = ""
    """What to do, in words; stands in for the bead's text, or for a bead."""

    task: Task | None = None
    """Another spelling of taskDescription."""

    answers: Annotated[tuple[Answer, ...], Field(max_length=64)] = ()
    """What people said to its agent so far; the next run reads all of it. Set desiredState to Idle and back to
    Working to run it again.
    """

    execution_mode: Literal["kubernetes", "local"] = "kubernetes"
    """Where it runs: as a pod of the cluster, or as processes of the machine that runs the town."""

    kubernetes: KubernetesSpec | None = None
    """How it runs in a cluster; the rig's settings when absent."""

    agent: AgentName = DEFAULT_AGENT
    """The agent: claude-code, opencode, aider, codex, gemini, custom, or one that the rig describes."""

    agent_config: AgentConfig | None = None
    """How the agent is set up; the rig's when absent."""

    resources: Resources | None = None
    """Compute resources of the agent's container, where kubernetes.resources says nothing."""

    ttl_seconds_after_finished: Count | None = None
    """How many seconds after its end the polecat is deleted; kept when absent. Its branch always stays."""

    max_idle_seconds: Count | None = None
    """How many seconds the agent may print nothing and change nothing before it is stopped; no limit when
    absent or 0.
    """

    rules = (
        fixed("rig", wire="rig", message="can't change: the polecat's branch is there; make a new Polecat"),
        Rule(
            cel="!has(self.task) || !has(self.taskDescription) || self.taskDescription == ''",
            message="can't stand beside taskDescription, which says the same; give one of them",
            holds=lambda spec: spec.task is None or not spec.task_description,
            field="task",
        ),
    )

    @property
    def worker(self) -> AgentName:
        """The agent, whichever way it was named."""
        return (self.kubernetes.agent if self.kubernetes else None) or self.agent

    @property
    def worker_config(self) -> AgentConfig | None:
        """How the agent is set up, whichever way it was given."""
        return (self.kubernetes.agent_config if self.kubernetes else None) or self.agent_config

    @property
    def instructions(self) -> str:
        """What to do in words, whichever way it was given; empty when the bead's own text is all there is."""
        return self.task.description if self.task else self.task_description


ENDED = ("Done", "Stuck", "Terminated")
"""The phases in which a polecat works no more."""


class PolecatStatus(Observed):
    """How the work goes."""

    @property
    def ended(self) -> bool:
        """Whether the polecat works no more."""
        return self.phase in ENDED

    phase: Literal["Idle", "Working", "Done", "Stuck", "Terminated"] = "Idle"
    """Idle before work, Working, Done when the work is published, Stuck when somebody must look, Terminated
    when stopped.
    """

    reason: Annotated[str, Field(max_length=64)] = ""
    """How it ended, as one word: Completed, NoChanges, Escalated, AuthFailed, RateLimited, Conflict and so
    on.
    """

    summary: Annotated[str, Field(max_length=4096)] = ""
    """What the agent says that it did, or the sentence that says why it stopped."""

    assigned_bead: Annotated[str, Field(max_length=128)] = ""
    """The bead it works on."""

    branch: Annotated[str, Field(max_length=244)] = ""
    """The branch that carries its work."""

    base: Annotated[str, Field(max_length=64)] = ""
    """The commit that the work started from."""

    commit: Annotated[str, Field(max_length=64)] = ""
    """The head of its branch as read back from the remote: what is safe."""

    commits: Count | None = None
    """How many commits the branch is ahead of its base."""

    merged_commit: Annotated[str, Field(max_length=64)] = ""
    """The commit on the target branch that carries the work, once it is merged."""

    cost_usd: Dollars | None = None
    """What the agent spent, all attempts together, where it tells."""

    tokens: Count | None = None
    """How many tokens the agent used, all attempts together, where it tells."""

    attempts: Count | None = None
    """How often the agent was started."""

    conflicts: Count | None = None
    """How often its work conflicted with the target branch."""

    workflow: Annotated[str, Field(max_length=253)] = ""
    """The Argo Workflow that runs it."""

    node: Annotated[str, Field(max_length=512)] = ""
    """The name of its node in the Workflow."""

    pod_name: Annotated[str, Field(max_length=253)] = ""
    """The pod of the latest attempt."""

    pod_active: bool = False
    """Whether that pod runs."""

    started_at: AwareDatetime | None = None
    """When the first attempt started."""

    finished_at: AwareDatetime | None = None
    """When the last attempt ended."""

    last_activity: AwareDatetime | None = None
    """When the agent was last seen to print or to change a file; told about once a minute."""

    activity: Count | None = None
    """In how many minutes of its present attempt the agent printed or changed a file."""

    last_action: Annotated[str, Field(max_length=256)] = ""
    """What the working agent did last: a command, a file, a tool. Read now and then from the end of its log by the adapter,
    where it may; the command line reads it anew.
    """

    agent: Annotated[str, Field(max_length=63)] = ""
    """The agent that runs."""

    agent_image: Annotated[str, Field(max_length=512)] = ""
    """The container image it runs in."""

    agent_model: Annotated[str, Field(max_length=1024)] = ""
    """The model it uses."""

    observed_generation: Count | None = None
    """The metadata.generation that this status was worked out from."""

    cleanup_status: Literal["clean", "has_uncommitted", "has_unpushed", "unknown"] | None = None
    """Whether the agent left anything that is not on the remote."""

    session_active: bool = False
    """Whether the agent's process runs, on one machine."""

    tmux_session: Annotated[str, Field(max_length=253)] = ""
    """Accepted from gastown-operator up to 0.4.0; there is no tmux."""

    worktree_path: Annotated[str, Field(max_length=4096)] = ""
    """Where the clone stands, on one machine."""

    conditions: Conditions = ()
    """The state of the polecat by aspect."""


class Polecat(Resource):
    """One coding agent at work on one bead."""

    definition: ClassVar[Definition] = Definition(
        plural="polecats",
        short_names=("pcat",),
        columns=(
            Column(name="Rig", path=".spec.rig"),
            Column(name="Phase", path=".status.phase"),
            Column(name="Bead", path=".status.assignedBead"),
            Column(name="Pod", path=".status.podName"),
            Column(name="Active", path=".status.podActive", type="boolean"),
            Column(name="Model", path=".status.agentModel", priority=1),
            Column(name="Reason", path=".status.reason", priority=1),
            Column(name="Branch", path=".status.branch", priority=1),
            Column(name="Cost", path=".status.costUSD", type="number", priority=1),
            Column(name="Last Action", path=".status.lastAction", priority=1),
            AGE,
        ),
    )

    kind: Literal["Polecat"] = "Polecat"
    spec: PolecatSpec
    status: PolecatStatus = Field(default_factory=PolecatStatus)

    rules = (
        Change(
            cel="!has(oldSelf.status) || !has(oldSelf.status.phase) || oldSelf.status.phase != 'Done'"
            " || (has(self.spec.beadID) ? self.spec.beadID : '')"
            " == (has(oldSelf.spec.beadID) ? oldSelf.spec.beadID : '')",
            message="can't change while the polecat is Done: its result would pass for the new bead's;"
            " set desiredState to Idle first, or make a new Polecat",
            holds=lambda old, new: old.status.phase != "Done" or old.spec.bead_id == new.spec.bead_id,
            field="spec.beadID",
        ),
    )
