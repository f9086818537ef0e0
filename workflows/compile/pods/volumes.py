"""The volumes of our pods, and who mounts which: the walls between the containers of one pod are drawn here."""

from hera.workflows import models as argo

from workflows.shape import GATE_CACHE

WORKSPACE = "/workspace"
HANDOVER = "/handover/pod"
"""A folder of the volume and not the volume itself, because who begins a pod anew removes it."""
PRIVATE = "/private"
OUT = "/out"
TASKS = "/tasks"
CACHE = "/cache"
TEMPORARY = "/tmp"  # noqa: S108 - a volume of the pod's own
GIT_CREDENTIALS = "/git-creds"
MODEL_CREDENTIALS = "/model-creds"
AGENT_FILES = "/agent-files"
FORGE_CREDENTIALS = "/forge-creds"
SIGNING_KEY = "/signing-key"

_EMPTY = ("workspace", "handover", "private", "out", "tmp", "cache")

FOLDERS = {
    "workspace": ("GASTOWN_WORKSPACE", WORKSPACE),
    "handover": ("GASTOWN_HANDOVER", HANDOVER),
    "private": ("GASTOWN_PRIVATE", PRIVATE),
    "out": ("GASTOWN_OUT", OUT),
    "cache": ("GASTOWN_CACHE", CACHE),
    GATE_CACHE: ("GASTOWN_GATE_CACHE", "/gate-cache"),
}
"""By volume, the variable that tells a step of it, and the folder.

What the agent writes is the workspace. Its courier carries that into the handover, without a key. Private and out are for who has
one: Argo reads the outputs there.
"""


def mount(volume: str, path: str, *, read_only: bool | None = None) -> argo.VolumeMount:
    """A volume of the pod at a path of the container."""
    return argo.VolumeMount(name=volume, mount_path=path, read_only=read_only)


def folder(volume: str) -> argo.VolumeMount:
    """One of the folders that steps are told of."""
    return mount(volume, "/" + FOLDERS[volume][1].split("/")[1])


def temporary(container: str) -> argo.VolumeMount:
    """A `/tmp` of the container's own: what holds credentials keeps its ssh key there."""
    return argo.VolumeMount(name="tmp", mount_path=TEMPORARY, sub_path=container)


def of_pod(tasks: argo.Volume, credentials: argo.Volume) -> list[argo.Volume]:
    """All volumes that each of our pods has."""
    empty = [argo.Volume(name=name, empty_dir=argo.EmptyDirVolumeSource()) for name in _EMPTY]
    return [*empty, tasks, credentials]


def gate_cache(claim: str) -> argo.Volume:
    """What gates keep between runs: on a claim; without one for as long as the pod lives, or in the rig's folder on one machine."""
    if not claim:
        return argo.Volume(name=GATE_CACHE, empty_dir=argo.EmptyDirVolumeSource())
    source = argo.PersistentVolumeClaimVolumeSource(claim_name=claim)
    return argo.Volume(name=GATE_CACHE, persistent_volume_claim=source)


def secret(name: str, secret_name: str, *, known_hosts: str = "") -> argo.Volume:
    """A Secret that may be absent: a public repository needs no key, a gateway no log-in."""
    sources = [argo.VolumeProjection(secret=argo.SecretProjection(name=secret_name, optional=True))]
    if known_hosts:
        hosts = argo.ConfigMapProjection(
            name=known_hosts, items=[argo.KeyToPath(key="known_hosts", path="known_hosts")]
        )
        sources.append(argo.VolumeProjection(config_map=hosts))
    return argo.Volume(name=name, projected=argo.ProjectedVolumeSource(default_mode=0o440, sources=sources))


def config_map(name: str, config_map_name: str) -> argo.Volume:
    """A ConfigMap that must be there: until it is, the pod waits, and its events name it."""
    return argo.Volume(name=name, config_map=argo.ConfigMapVolumeSource(name=config_map_name))
