"""Rig: a repository that beads are worked on, and the defaults of all work there. Cluster-scoped."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from crds import shapes
from crds.agents import AGENTS, DEFAULT_AGENT, AgentConfig, Presets
from crds.backend import Backend, ClaudeCredentials, KubernetesBackend
from crds.conditions import Conditions
from crds.eventsources import EventsStatus
from crds.forges import FORGELESS, RigForge, WebhookSecretReference, forge_rules
from crds.gates import GateCache, Gates
from crds.meta import AGE, Column, Definition, Resource
from crds.names import AgentName, Branch, GitUrl, RepositoryPath
from crds.pods import ConfigMapReference, HostKeyChecking, Resources, SecretKeyReference, SecretReference
from crds.quantities import Count
from crds.retired import Retired
from crds.rules import Rule, fixed
from crds.triggers import Globs, Rate, Theme, Triggers
from crds.wire import Observed, Wire

PROTECTED = (
    ".github/**",
    ".gitlab-ci.yml",
    ".gitlab/**",
    ".gitea/**",
    ".forgejo/**",
    "bitbucket-pipelines.yml",
    "**/CODEOWNERS",
    ".beads/**",
    ".claude/**",
    "**/CLAUDE.md",
    "**/AGENTS.md",
    ".mcp.json",
    ".npmrc",
)
"""What decides about the repository, its builds or its agents."""


class RigSettings(Wire):
    """How polecats of the rig are named and how many run."""

    namepool_theme: Theme = "mad-max"
    """The names that polecats get."""

    max_polecats: Annotated[int, Field(ge=1, le=100)] = 8
    """How many polecats of the rig run at once, over all its convoys; the rest wait."""


class Clone(Wire):
    """How much of the repository a polecat fetches."""

    depth: Count = 50
    """How many commits of history to fetch; 0 fetches all."""

    filter: Annotated[str, Field(max_length=128, pattern=shapes.FILTER_OR_NONE.pattern)] = ""
    """A partial clone filter such as blob:none; empty fetches whole objects."""


class Commits(Wire):
    """Who commits, and how."""

    author: Annotated[str, Field(max_length=128, pattern=shapes.PERSON.pattern)] = ""
    """The name that polecats commit under. Without one it is Gas Town Polecat in a cluster, and the user's own
    on one machine.
    """

    author_email: Annotated[str, Field(max_length=128, pattern=shapes.PERSON.pattern)] = ""
    """The address that goes with it."""

    committer: Annotated[str, Field(max_length=128, pattern=shapes.PERSON.pattern)] = ""
    """The name that the refinery merges under; the author's when empty."""

    committer_email: Annotated[str, Field(max_length=128, pattern=shapes.PERSON.pattern)] = ""
    """The address that goes with it."""

    sign_off: bool = False
    """Whether the refinery signs off what it merges, as a repository with a developer's certificate of origin
    asks. Sign-offs of the agent's own commits are kept either way.
    """

    signing_key_secret_ref: SecretKeyReference | None = None
    """The ssh key, without a passphrase, that the refinery signs what it merges with; unsigned when absent. Only the container that
    pushes the merge has it.
    """

    rules = (
        Rule(
            cel=" && ".join(
                f"(has(self.{name}) && self.{name} != '') == (has(self.{name}Email) && self.{name}Email != '')"
                for name in ("author", "committer")
            ),
            message="names a person without an address, or an address without a person; give both or neither",
            holds=lambda spec: (
                bool(spec.author) == bool(spec.author_email)
                and bool(spec.committer) == bool(spec.committer_email)
            ),
            field="author",
        ),
    )


class RigSpec(Wire):
    """What the rig is, and what holds for every bead worked on it."""

    git_url: GitUrl
    """The repository; polecats clone it and push their branches to it, the refinery pushes what it merged."""

    beads_prefix: Annotated[str, Field(pattern=shapes.PREFIX.pattern, max_length=10)]
    """The prefix of the ids of the rig's beads, ap for ap-1; a convoy without rigRef finds its rig by it."""

    settings: RigSettings = Field(default_factory=RigSettings)
    """How polecats are named and how many run."""

    base_branch: Branch = "main"
    """The branch that work starts from; the refinery that comes with the rig merges into it."""

    beads_path: RepositoryPath = ".beads/issues.jsonl"
    """Where the beads stand in the repository, one JSON object a line."""

    write_back: bool = False
    """Whether a bead that a convoy merges is closed in that file: by one commit in the same push, after the bead's own. In a cluster
    a BeadStore may ask for it, too.
    """

    agent: AgentName = DEFAULT_AGENT
    """The agent of a convoy or polecat that names none."""

    agent_config: AgentConfig | None = None
    """How the agent is set up when a convoy or polecat doesn't say."""

    agents: Presets = ()
    """Further agents, described as data."""

    gates: Gates = ()
    """The commands that every merge must pass, when the refinery lists none of its own."""

    gate_cache: GateCache | None = None
    """What gates keep between runs; when absent each run starts with nothing."""

    triggers: Triggers = ()
    """The events of the forge that sling convoys at this rig by themselves."""

    triggers_paused: bool = False
    """True lets no trigger sling until it is false again; what was slung goes on."""

    trigger_rate: Rate | None = None
    """How many convoys all triggers together may make in how long before they pause; 60 in an hour when absent."""

    protected_paths: Globs | None = None
    """Globs of files that a convoy of a trigger may not change without a person; when absent, those that decide about
    builds, owners, beads and agents, such as .github/**.
    """

    forge: RigForge | None = None
    """The forge of the repository, where triggers listen and comments are written."""

    forge_token_secret_ref: SecretKeyReference | None = None
    """The token that the forge is asked with, in the namespace of gastown-events; it never reaches a pod of an agent."""

    webhook_secret_ref: WebhookSecretReference | None = None
    """The secret that the forge's webhooks are signed with; none where the forge is only polled."""

    allowed_namespaces: Globs | None = None
    """Globs of the namespaces whose convoys and polecats may be worked on this rig; all when absent."""

    work_branches: Globs | None = None
    """Globs of the branches that a Polecat may name in workBranch; when absent polecat/** and feature/**. The base branch
    and a refinery's target are never one.
    """

    clone: Clone = Field(default_factory=Clone)
    """How much of the repository a polecat fetches."""

    commits: Commits = Field(default_factory=Commits)
    """Who commits, and how."""

    hold_children: bool = True
    """Whether beads under an epic that itself waits, or is put off, are kept back from agents. So does bd ready,
    whose users expect it; false offers them.
    """

    git_secret_ref: SecretReference | None = None
    """The key to the repository for convoys and the refinery, when they name none; none for a public one."""

    claude_creds_secret_ref: SecretReference | None = None
    """The agent's credentials as files of its home directory, for convoys of this rig."""

    claude_credentials: ClaudeCredentials | None = None
    """Another spelling of claudeCredsSecretRef."""

    backend: Backend | None = None
    """Where the rig's polecats run; in any namespace that allowedNamespaces allows when absent."""

    api_key_secret_ref: SecretKeyReference | None = None
    """The agent's API key, for convoys of this rig."""

    ssh_known_hosts_config_map_ref: ConfigMapReference | None = None
    """Host keys under the key known_hosts, for a git server other than the well-known ones."""

    ssh_strict_host_key_checking: HostKeyChecking = "yes"
    """How git treats a host whose key is not known: yes refuses it, accept-new trusts it once, no never
    looks.
    """

    resources: Resources | None = None
    """Compute resources of the agent's container, for convoys of this rig. What it does not name, as ephemeral-storage, is as the
    chart's pods.agentResources says.
    """

    local_path: Annotated[str, Field(max_length=4096), Retired("the rig is cloned from spec.gitURL")] = ""
    """Accepted from gastown-operator up to 0.4.0 and without effect: the rig is cloned from gitURL."""

    rules = (
        fixed(
            "beads_prefix",
            wire="beadsPrefix",
            message="can't change: the ids of existing beads carry it; make a new Rig",
        ),
        Rule(
            cel=f"!has(self.agent) || self.agent in [{', '.join(repr(name) for name in AGENTS)}]"
            " || (has(self.agents) && self.agents.exists(preset, preset.name == self.agent))",
            message=f"is none of {', '.join(AGENTS)} and not in agents; describe it there or choose another",
            holds=lambda spec: spec.agent in (*AGENTS, *(preset.name for preset in spec.agents)),
            field="agent",
        ),
        Rule(
            cel=f"!has(self.triggers) || !self.triggers.exists(each, !(each.event in {list(FORGELESS)}))"
            " || (has(self.forge) && has(self.forgeTokenSecretRef))",
            message="and forgeTokenSecretRef must be given for a trigger on a forge: it is asked who may trigger",
            holds=lambda spec: (
                all(each.event in FORGELESS for each in spec.triggers)
                or (spec.forge is not None and spec.forge_token_secret_ref is not None)
            ),
            field="forge",
        ),
        Rule(
            cel="!has(self.claudeCredentials) || !has(self.claudeCredsSecretRef)",
            message="can't stand beside claudeCredsSecretRef, which says the same; give one of them",
            holds=lambda spec: spec.claude_credentials is None or spec.claude_creds_secret_ref is None,
            field="claudeCredentials",
        ),
        *forge_rules(),
    )

    @property
    def login(self) -> SecretReference | None:
        """The Secret of the agents' log-in, whichever way it was given."""
        named = self.claude_credentials
        return self.claude_creds_secret_ref or (named.secret_ref if named else None)

    @property
    def pods(self) -> KubernetesBackend:
        """How polecats run as pods."""
        return (self.backend.kubernetes if self.backend else None) or KubernetesBackend()


class RepositoryCheck(Observed):
    """How the rig's repository was last asked whether it answers."""

    of: Annotated[str, Field(max_length=64)]
    """A digest of what the answer depends on: address, branch, key, known hosts."""

    failures: Count = 0
    """How often in a row it did not answer as it should; 0 once it did."""

    at: AwareDatetime
    """When the answer came."""


class RigStatus(Observed):
    """What is so on the rig."""

    phase: Literal["Initializing", "Ready", "Degraded"] = "Initializing"
    """Initializing until its witness and refinery exist, Ready when they are well, Degraded otherwise."""

    polecat_count: Count = 0
    """How many polecats the rig has."""

    active_convoys: Count = 0
    """How many of its convoys are in progress."""

    witness_created: bool = False
    """Whether the rig's Witness was made."""

    refinery_created: bool = False
    """Whether the rig's Refinery was made."""

    child_namespace: Annotated[str, Field(max_length=63)] = ""
    """The namespace of the rig's Witness and Refinery."""

    awaiting_review: Count = 0
    """How many merges wait for people at their pull requests, without a pod; gastown-events lists those only while there are any."""

    bead_count: Count | None = None
    """How many beads its bead store counted last."""

    repository: RepositoryCheck | None = None
    """How the repository was last asked whether it answers; the condition RepositoryReachable has the answer."""

    events: EventsStatus | None = None
    """What gastown-events saw and did; it alone writes it."""

    observed_generation: Count | None = None
    """The metadata.generation that this status was worked out from."""

    last_sync_time: AwareDatetime | None = None
    """Accepted from gastown-operator up to 0.4.0; nothing writes it."""

    conditions: Conditions = ()
    """The state of the rig by aspect."""


class Rig(Resource):
    """A repository that beads are worked on."""

    definition: ClassVar[Definition] = Definition(
        plural="rigs",
        scope="Cluster",
        columns=(
            Column(name="Phase", path=".status.phase"),
            Column(name="Polecats", path=".status.polecatCount", type="integer"),
            Column(name="Convoys", path=".status.activeConvoys", type="integer"),
            Column(name="Repository", path=".spec.gitURL", priority=1),
            Column(name="Beads", path=".status.beadCount", type="integer", priority=1),
            AGE,
        ),
    )

    kind: Literal["Rig"] = "Rig"
    spec: RigSpec
    status: RigStatus = Field(default_factory=RigStatus)
