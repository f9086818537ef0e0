"""The two templates that become pods: `polecat`, which works a bead, and `merge`, which lands it.

Containers of one pod share a workspace and nothing else: the agent sees no git credentials, gates see none either, and only
`main`, which Argo demands for outputs, pushes. Every container sets `command`, else Argo asks a registry for it.
"""

import dataclasses

from hera.workflows import ContainerNode, ContainerSet, Parameter
from hera.workflows import models as argo

from workflows import labels
from workflows.compile.settings import CompileSettings
from workflows.exits import DELAY_CODES, FINAL_CODES
from workflows.shape import CHECK, CHECK_OUTPUTS, MERGE, MERGE_OUTPUTS, POLECAT, POLECAT_OUTPUTS

WORKSPACE = "/workspace"
TASKS = "/tasks"
CACHE = "/cache"
GIT_CREDENTIALS = "/git-creds"
MODEL_CREDENTIALS = "/model-creds"
MOST_DELAYS = 500
"""Attempts of one step after which even what does not count ends it: each leaves a node in the Workflow. With a step's own patience
that is weeks of a red target.
"""

CHECK_SECONDS = 300
"""How long the pod of a check may take in all, the pull of its image included."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AgentContainer:
    """What a pod needs to know of its agent. Commands and texts travel as files; only references stand in the spec.

    `timeout` is in seconds, `environment` holds references to Secrets and ConfigMaps.
    """

    name: str
    image: str
    timeout: int
    environment: tuple[argo.EnvVar, ...] = ()
    environment_from: tuple[argo.EnvFromSource, ...] = ()
    model_secret: str = ""
    resources: argo.ResourceRequirements | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The parts of a pod that are the same for both templates."""

    settings: CompileSettings
    tasks: argo.Volume
    git_secret: str
    known_hosts: str = ""


def polecat(agent: AgentContainer, place: Place, *, semaphore: argo.SemaphoreRef) -> ContainerSet:
    """The pod of one polecat: clone, then the agent with its work being pushed beside it."""
    template = _containers(place, POLECAT, outputs=POLECAT_OUTPUTS, step="{{inputs.parameters.mode}}")
    template.inputs = [*_inputs(), Parameter(name="mode", value="work")]
    template.active_deadline_seconds = agent.timeout + place.settings.grace_seconds
    template.synchronization = argo.Synchronization(semaphores=[semaphore])
    if agent.model_secret:
        template.volumes = [*_volumes(place), secret_volume("model-creds", agent.model_secret)]
    with template:
        _ours("git-init", ["--hand-on", "clone"], place, mode=True)
        _agent(agent, place)
        _ours("main", ["publish"], place, mode=True, after=["git-init"])
    return template


def merge(place: Place, *, gates: bool, mutex: str) -> ContainerSet:
    """The refinery's step. With gates it is three containers, so that agent-written code runs where no credentials are."""
    template = _containers(place, MERGE, outputs=MERGE_OUTPUTS, step="merge")
    template.synchronization = argo.Synchronization(mutexes=[argo.Mutex(name=mutex)])
    with template:
        if gates:
            # Without the cache: what prepare fetches must lie in the workspace, where the gates find it.
            _ours("prepare", ["--hand-on", "merge", "prepare"], place, cache=False)
            _ours("gates", ["--hand-on", "merge", "gates"], place, credentials=False, after=["prepare"])
            _ours("main", ["merge", "push"], place, after=["gates"])
        else:
            _ours("main", ["merge"], place)
    return template


def check(place: Place) -> ContainerSet:
    """The pod that asks a repository whether it answers. Who submitted it tries again, so Argo does not."""
    template = ContainerSet(
        name=CHECK,
        outputs=_outputs(CHECK_OUTPUTS),
        labels={labels.STEP: CHECK},
        volumes=_volumes(place),
        active_deadline_seconds=CHECK_SECONDS,
    )
    with template:
        _ours("main", ["check"], place, bead=False, cache=False)
    return template


def _outputs(names: tuple[str, ...]) -> list[Parameter]:
    return [
        Parameter(name=name, value_from=argo.ValueFrom(path=f"{WORKSPACE}/out/{name}", default=""))
        for name in names
    ]


def _containers(place: Place, name: str, *, outputs: tuple[str, ...], step: str) -> ContainerSet:
    settings = place.settings
    return ContainerSet(
        name=name,
        inputs=_inputs(),
        outputs=_outputs(outputs),
        labels={labels.BEAD: "{{inputs.parameters.bead}}", labels.STEP: step},
        volumes=_volumes(place),
        retry_strategy=retries(settings),
    )


def _inputs() -> list[Parameter]:
    return [Parameter(name="bead")]


def _ours(
    name: str,
    arguments: list[str],
    place: Place,
    *,
    credentials: bool = True,
    cache: bool = True,
    bead: bool = True,
    mode: bool = False,
    after: list[str] | None = None,
) -> ContainerNode:
    environment = {"GASTOWN_BEAD": "{{inputs.parameters.bead}}"} if bead else {}
    environment["GASTOWN_TASKS"] = TASKS
    if mode:
        environment["GASTOWN_MODE"] = "{{inputs.parameters.mode}}"
    mounts = [mount("tasks", TASKS, read_only=True)]
    if credentials:
        environment["GASTOWN_GIT_CREDENTIALS"] = GIT_CREDENTIALS
        mounts.append(mount("git-creds", GIT_CREDENTIALS, read_only=True))
    if credentials and cache:
        environment["GASTOWN_CACHE"] = CACHE
        mounts.append(mount("cache", CACHE))
    return ContainerNode(
        name=name,
        image=place.settings.steps_image,
        image_pull_policy=place.settings.image_pull_policy,
        command=["gastown-step", *arguments],
        env=[*_workspace(), *(argo.EnvVar(name=key, value=value) for key, value in environment.items())],
        dependencies=after,
        resources=argo.ResourceRequirements(**place.settings.steps_resources),
        security_context=locked_down(),
        volume_mounts=[*_shared_mounts("private" if credentials else "tmp"), *mounts],
    )


def _agent(agent: AgentContainer, place: Place) -> ContainerNode:
    mounts = _shared_mounts("tmp")
    environment = [*_workspace(), *agent.environment]
    if agent.model_secret:
        mounts.append(mount("model-creds", MODEL_CREDENTIALS, read_only=True))
        environment.append(argo.EnvVar(name="GASTOWN_MODEL_CREDENTIALS", value=MODEL_CREDENTIALS))
    return ContainerNode(
        name=agent.name,
        image=agent.image,
        image_pull_policy=place.settings.image_pull_policy,
        command=["sh", f"{WORKSPACE}/run/launch"],
        env=environment,
        env_from=list(agent.environment_from) or None,
        dependencies=["git-init"],
        resources=agent.resources or argo.ResourceRequirements(**place.settings.agent_resources),
        security_context=locked_down(),
        volume_mounts=mounts,
    )


def _workspace() -> list[argo.EnvVar]:
    return [argo.EnvVar(name="GASTOWN_WORKSPACE", value=WORKSPACE)]


def _shared_mounts(temporary: str) -> list[argo.VolumeMount]:
    """The workspace, and `/tmp`. What holds credentials has a `/tmp` of its own: it keeps its ssh key there, and the agent,
    who has the same user id, would read it.
    """
    return [mount("workspace", WORKSPACE), mount(temporary, "/tmp")]  # noqa: S108 - a volume of the pod's own


def mount(volume: str, path: str, *, read_only: bool | None = None) -> argo.VolumeMount:
    """A volume of the pod at a path of the container."""
    return argo.VolumeMount(name=volume, mount_path=path, read_only=read_only)


def _volumes(place: Place) -> list[argo.Volume]:
    empty = [
        argo.Volume(name=name, empty_dir=argo.EmptyDirVolumeSource())
        for name in ("workspace", "tmp", "private", "cache")
    ]
    # On the template, not the Workflow: Argo adds a Workflow's volume to a pod only where it sees a mount of it, and it does
    # not look into the containers of a containerSet ("volumeMounts[3].name: Not found", seen on 4.0.2).
    credentials = secret_volume("git-creds", place.git_secret, known_hosts=place.known_hosts)
    return [*empty, place.tasks, credentials]


def secret_volume(name: str, secret: str, *, known_hosts: str = "") -> argo.Volume:
    """A Secret that may be absent: a public repository needs no key, a gateway no log-in."""
    key = argo.VolumeProjection(secret=argo.SecretProjection(name=secret, optional=True))
    sources = [key]
    if known_hosts:
        hosts = argo.ConfigMapProjection(
            name=known_hosts, items=[argo.KeyToPath(key="known_hosts", path="known_hosts")]
        )
        sources.append(argo.VolumeProjection(config_map=hosts))
    return argo.Volume(name=name, projected=argo.ProjectedVolumeSource(default_mode=0o440, sources=sources))


def pod_security(user: int | None) -> argo.PodSecurityContext:
    """What Pod Security `restricted` asks of a pod."""
    return argo.PodSecurityContext(
        run_as_non_root=True,
        run_as_user=user,
        run_as_group=user,
        fs_group=user,
        seccomp_profile=argo.SeccompProfile(type="RuntimeDefault"),
    )


def retries(settings: CompileSettings) -> argo.RetryStrategy:
    """Another try for what crashed or whose pod was lost, and none for what would end the same way.

    A merge whose target moved, or is red by itself, is tried until its turn comes: that costs none of the tries.
    """
    delays, final = (", ".join(f"'{code}'" for code in codes) for codes in (DELAY_CODES, FINAL_CODES))
    counted = f"lastRetry.exitCode not in [{final}] && asInt(retries) < {settings.retries}"
    return argo.RetryStrategy(
        limit=str(MOST_DELAYS),
        retry_policy="Always",
        expression=f"lastRetry.exitCode in [{delays}] || ({counted})",
        backoff=argo.Backoff(duration="2s", factor="3", cap="1m"),
    )


def locked_down() -> argo.SecurityContext:
    """What Pod Security `restricted` asks of a container, and nothing to write but volumes."""
    return argo.SecurityContext(
        allow_privilege_escalation=False,
        read_only_root_filesystem=True,
        run_as_non_root=True,
        capabilities=argo.Capabilities(drop=["ALL"]),
    )
