"""The containers of our pods: ours, with or without a key, and the agent's. Every one sets `command`, else Argo asks a registry for it."""

import dataclasses
from typing import Any

from hera.workflows import UserContainer
from hera.workflows import models as argo

from crds import SecretKeyReference
from workflows.compile.pods import volumes
from workflows.compile.pods.place import Place
from workflows.compile.settings import CompileSettings

MODE = "{{=len(split(trimPrefix(node.name,workflow.name+'.'),'.'))>2?'resolve':'work'}}"
"""A polecat works in its bead's graph, and resolves in a repetition of that graph, which lies one level deeper."""

MAIN = "main"
"""Argo's name for the container whose exit code is the node's."""

BEAD = "{{inputs.parameters.bead}}"

DEPTH = "{{=len(split(trimPrefix(node.name,workflow.name+'.'),'.'))}}"
"""How many graphs inside each other a merge lies in: each wait for people is one more."""
LOOK = "{{retries}}"
"""Which try of its node it is."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AgentContainer:
    """What a pod needs to know of its agent. Commands and texts travel as files; only references stand in the spec.

    `timeout` is in seconds, `environment` holds references to Secrets and ConfigMaps, `files` names the ConfigMap of its settings.
    """

    name: str
    image: str
    timeout: int
    resources: argo.ResourceRequirements
    environment: tuple[argo.EnvVar, ...] = ()
    model_secret: str = ""
    files: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """A container that runs a step. `folders` are the volumes that it mounts, `key` is whether it has the repository's.

    `bead` and `mode` are told to steps that are about one.
    `apart` is for the containers of a pod whose `main` is another user, where the platform lets us choose.
    `parks` has it give way to a wait for people, `lands` merge what it published. `forge` is the token of the step that opens pull requests, `signing` the key of the one that signs commits.
    """

    name: str
    step: tuple[str, ...]
    folders: tuple[str, ...]
    key: bool = True
    bead: bool = True
    mode: bool = False
    apart: bool = True
    parks: bool = False
    lands: bool = False
    forge: SecretKeyReference | None = None
    signing: SecretKeyReference | None = None

    def fields(self, place: Place) -> dict[str, Any]:
        """What a main container and a container beside it have in common."""
        return {
            "image": place.settings.steps_image,
            "image_pull_policy": place.settings.image_pull_policy,
            "command": ["gastown-step", *self.step],
            "env": [
                argo.EnvVar(name=key, value=value) for key, value in self._environment(place.settings).items()
            ],
            "resources": argo.ResourceRequirements(**place.settings.steps_resources),
            "security_context": locked_down(user=self._user(place.settings)),
            "volume_mounts": self._mounts(),
        }

    def beside(self, place: Place) -> UserContainer:
        """The container before `main`, or next to it."""
        return UserContainer(name=self.name, **self.fields(place))

    def _user(self, settings: CompileSettings) -> int | None:
        return settings.main_user if self.apart and self.name == MAIN else None

    def _environment(self, settings: CompileSettings) -> dict[str, str]:
        told = dict(volumes.FOLDERS[folder] for folder in self.folders)
        told["GASTOWN_TASKS"] = volumes.TASKS
        if self.apart and settings.main_user is not None:
            told["GASTOWN_USERS"] = "apart"
        if self.bead:
            told["GASTOWN_BEAD"] = BEAD
        if self.mode:
            told["GASTOWN_MODE"] = MODE
        if self.parks:
            told |= {"GASTOWN_DEPTH": DEPTH, "GASTOWN_LOOK": LOOK}
        if self.lands:
            told["GASTOWN_LANDS"] = "true"
        if self.key:
            told["GASTOWN_GIT_CREDENTIALS"] = volumes.GIT_CREDENTIALS
        if self.forge:
            told["GASTOWN_FORGE_TOKEN"] = f"{volumes.FORGE_CREDENTIALS}/{self.forge.key}"
        if self.signing:
            told["GASTOWN_SIGNING_KEY"] = f"{volumes.SIGNING_KEY}/{self.signing.key}"
        return told

    def _mounts(self) -> list[argo.VolumeMount]:
        mounts = [
            *map(volumes.folder, self.folders),
            volumes.mount("tasks", volumes.TASKS, read_only=True),
            volumes.temporary(self.name),
        ]
        if self.key:
            mounts.append(volumes.mount("git-creds", volumes.GIT_CREDENTIALS, read_only=True))
        if self.forge:
            mounts.append(volumes.mount("forge-creds", volumes.FORGE_CREDENTIALS, read_only=True))
        if self.signing:
            mounts.append(volumes.mount("signing-key", volumes.SIGNING_KEY, read_only=True))
        return mounts


def agent_beside(agent: AgentContainer, place: Place) -> UserContainer:
    """The agent next to `main`: it sees the workspace and its model's credentials, and none of ours."""
    mounts = [volumes.mount("workspace", volumes.WORKSPACE), volumes.temporary(agent.name)]
    environment = [argo.EnvVar(name="GASTOWN_WORKSPACE", value=volumes.WORKSPACE), *agent.environment]
    if agent.model_secret:
        mounts.append(volumes.mount("model-creds", volumes.MODEL_CREDENTIALS, read_only=True))
        environment.append(argo.EnvVar(name="GASTOWN_MODEL_CREDENTIALS", value=volumes.MODEL_CREDENTIALS))
    if agent.files:
        mounts.append(volumes.mount("agent-files", volumes.AGENT_FILES, read_only=True))
        environment.append(argo.EnvVar(name="GASTOWN_AGENT_FILES", value=volumes.AGENT_FILES))
    return UserContainer(
        name=agent.name,
        image=agent.image,
        image_pull_policy=place.settings.image_pull_policy,
        command=["sh", f"{volumes.WORKSPACE}/run/launch"],
        env=[*environment],
        resources=agent.resources,
        security_context=locked_down(),
        volume_mounts=mounts,
    )


def locked_down(*, user: int | None = None) -> argo.SecurityContext:
    """What Pod Security `restricted` asks of a container, and nothing to write but volumes. `user` is another than the pod's."""
    return argo.SecurityContext(
        run_as_user=user,
        allow_privilege_escalation=False,
        read_only_root_filesystem=True,
        run_as_non_root=True,
        capabilities=argo.Capabilities(drop=["ALL"]),
    )
