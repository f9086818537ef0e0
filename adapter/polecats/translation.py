"""A Polecat made by hand as the convoy of one bead, and as the rig, that it amounts to."""

import hashlib
import json
from collections.abc import Sequence

from crds import (
    AgentConfig,
    BeadAnswer,
    Convoy,
    ConvoySpec,
    InlineBead,
    KubernetesSpec,
    Manifest,
    Metadata,
    Polecat,
    Rig,
    RigSpec,
)
from workflows.plan.trains import NAME_LENGTH

_PREFIX = "polecat-"


def as_convoy(polecat: Polecat, rig: Rig | None, *, attempt: int) -> Convoy:
    """The convoy of one bead that a Polecat amounts to, on its rig."""
    spec = polecat.spec
    text = spec.instructions.strip()
    title = text.splitlines()[0][:500] if text else bead_of(polecat)
    bead = InlineBead(id=bead_of(polecat), title=title, description=text)
    kubernetes = spec.kubernetes
    return Convoy(
        metadata=Metadata(
            name=convoy_name(polecat.metadata.name),
            namespace=polecat.metadata.namespace,
            uid=polecat.metadata.uid,
            creation_timestamp=polecat.metadata.creation_timestamp,
        ),
        spec=ConvoySpec(
            description=title,
            beads=(bead,),
            rig_ref=spec.rig,
            agent=spec.worker,
            agent_config=_config(polecat, rig),
            base_branch=_base(kubernetes),
            deadline=f"{kubernetes.active_deadline_seconds}s" if kubernetes else "0",
            attempt=attempt,
            answers=tuple(BeadAnswer(bead=bead.id, **dict(each)) for each in spec.answers),
        ),
    )


def as_rig(polecat: Polecat, rig: Rig | None) -> Rig | None:
    """The rig with what the Polecat says otherwise; None where neither names a repository."""
    kubernetes = polecat.spec.kubernetes
    if rig is None and kubernetes is None:
        return None
    if rig is None and kubernetes is not None:
        spec = RigSpec(git_url=kubernetes.git_repository, beads_prefix="polecat")
        rig = Rig(metadata=Metadata(name=polecat.spec.rig), spec=spec)
    found = rig.spec if rig else None
    resources = (kubernetes.resources if kubernetes else None) or polecat.spec.resources
    update: Manifest = {"resources": resources} if resources else {}
    if kubernetes:
        if found and not same_repository(found.git_url, kubernetes.git_repository):
            # A key opens the repository that it was given for; to any other host it would be handed over.
            update |= dict.fromkeys(
                ("git_secret_ref", "forge", "forge_token_secret_ref", "webhook_secret_ref")
            )
        update["git_url"] = kubernetes.git_repository
        update["base_branch"] = kubernetes.git_branch
        if "ssh_strict_host_key_checking" in kubernetes.model_fields_set:
            update["ssh_strict_host_key_checking"] = kubernetes.ssh_strict_host_key_checking
        for name in (
            "git_secret_ref",
            "claude_creds_secret_ref",
            "api_key_secret_ref",
            "ssh_known_hosts_config_map_ref",
        ):
            if (told_here := getattr(kubernetes, name)) is not None:
                update[name] = told_here
    return rig.model_copy(update={"spec": found.model_copy(update=update)}) if rig and found else None


def key_for(polecat: Polecat, rig: Rig | None) -> str:
    """The address that the key was given for: the rig's, also where that is the namespace's usual one; empty for a key of the Polecat's own."""
    kubernetes = polecat.spec.kubernetes
    own = kubernetes is not None and kubernetes.git_secret_ref is not None
    return "" if own or rig is None else rig.spec.git_url


def same_repository(one: str, other: str) -> bool:
    """Whether two addresses are the same but for an ending `.git` or `/`."""
    return one.rstrip("/").removesuffix(".git") == other.rstrip("/").removesuffix(".git")


def convoy_name(polecat: str) -> str:
    """The name that a Polecat's Workflows begin with; a function of its own, whatever characters it has."""
    name = _PREFIX + polecat.replace(".", "-")
    if len(name) <= NAME_LENGTH and "." not in polecat:
        return name
    mark = hashlib.sha256(polecat.encode()).hexdigest()[:8]
    return f"{name[: NAME_LENGTH - 9].rstrip('-')}-{mark}"


def bead_of(polecat: Polecat) -> str:
    """The bead, or what stands for it where there is none."""
    name = polecat.metadata.name
    if polecat.spec.bead_id:
        return polecat.spec.bead_id
    return name if len(name) <= 63 else convoy_name(name)


def on_branch(config_maps: Sequence[Manifest], polecat: Polecat) -> tuple[Manifest, ...]:
    """The texts with the Polecat's own name, and its own branch where it names one."""
    wanted = {"polecat": polecat.metadata.name}
    kubernetes = polecat.spec.kubernetes
    if kubernetes and kubernetes.work_branch:
        wanted["branch"] = kubernetes.work_branch

    def told_so(name: str, text: str) -> str:
        if not name.startswith("task."):
            return text
        return json.dumps(json.loads(text) | wanted, ensure_ascii=False, separators=(",", ":"))

    return tuple(
        each | {"data": {name: told_so(name, text) for name, text in each["data"].items()}}
        for each in config_maps
    )


def _config(polecat: Polecat, rig: Rig | None) -> AgentConfig | None:
    """The Polecat's own set-up of its agent, with what stands elsewhere in its spec; else the rig's, where that is for this agent."""
    spec = polecat.spec
    update: Manifest = {}
    if spec.kubernetes and spec.kubernetes.image:
        update["image"] = spec.kubernetes.image
    if spec.max_idle_seconds is not None:
        update["max_idle_seconds"] = spec.max_idle_seconds
    inherited = rig.spec.agent_config if rig and rig.spec.agent == spec.worker else None
    config = spec.worker_config or inherited
    return (config or AgentConfig()).model_copy(update=update) if update else config


def _base(kubernetes: KubernetesSpec | None) -> str | None:
    return kubernetes.git_branch if kubernetes else None


def stand_in(name: str) -> Rig:
    """For a rig that was deleted: the statuses of its polecats need its name only."""
    return Rig(
        metadata=Metadata(name=name), spec=RigSpec(git_url="https://gone.invalid/", beads_prefix="gone")
    )
