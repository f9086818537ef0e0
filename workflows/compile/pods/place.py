"""Where the pods for a rig run: with its texts, keys and hosts, and next to no rights."""

import dataclasses
from typing import Any

from hera.workflows import models as argo

from crds import Manifest, Rig, SecretReference
from workflows.compile.pods import volumes
from workflows.compile.settings import CompileSettings


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The parts of a pod that are the same for all templates."""

    settings: CompileSettings
    tasks: argo.Volume
    git_secret: str
    known_hosts: str = ""

    @property
    def volumes(self) -> list[argo.Volume]:
        """The volumes of each pod, the key's among them."""
        key = volumes.secret("git-creds", self.git_secret, known_hosts=self.known_hosts)
        return volumes.of_pod(self.tasks, key)


def place_of(
    rig: Rig, settings: CompileSettings, maps: tuple[Manifest, ...], *, secret: SecretReference | None = None
) -> Place:
    """Where pods for a rig run: with its texts, its key (or `secret`, where that is another) and the hosts that it knows."""
    key = secret or rig.spec.git_secret_ref
    hosts = rig.spec.ssh_known_hosts_config_map_ref
    return Place(
        settings=settings,
        tasks=_tasks_volume(maps),
        git_secret=key.name if key else settings.git_secret,
        known_hosts=hosts.name if hosts else "",
    )


def rights(settings: CompileSettings) -> dict[str, Any]:
    """What the pods of every Workflow may do, which is nothing: no token, no root."""
    return {
        "service_account_name": settings.service_account,
        "automount_service_account_token": False,
        "executor": argo.ExecutorConfig(service_account_name=settings.executor_service_account),
        "security_context": pod_security(settings.user_id),
    }


def _tasks_volume(maps: tuple[Manifest, ...]) -> argo.Volume:
    sources = [
        argo.VolumeProjection(config_map=argo.ConfigMapProjection(name=each["metadata"]["name"]))
        for each in maps
    ]
    return argo.Volume(name="tasks", projected=argo.ProjectedVolumeSource(sources=sources))


def pod_security(user: int | None) -> argo.PodSecurityContext:
    """What Pod Security `restricted` asks of a pod."""
    return argo.PodSecurityContext(
        run_as_non_root=True,
        run_as_user=user,
        run_as_group=user,
        fs_group=user,
        seccomp_profile=argo.SeccompProfile(type="RuntimeDefault"),
    )
