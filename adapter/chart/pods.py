"""The values of the chart that are about the pods of convoys, and about the namespaces that these run in."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from adapter.chart.part import GROUP, Named, Namespace
from crds import Manifest
from workflows.compile import CompileSettings

DEFAULT = CompileSettings()

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""Addresses that lead into the cluster or to its neighbours."""


class _Part(BaseModel):
    model_config = GROUP


class PullSecret(_Part):
    """A log-in for a registry."""

    name: Named
    """The Secret of the type kubernetes.io/dockerconfigjson."""


class Variable(_Part):
    """One variable of an environment."""

    name: str
    """Its name."""
    value: str = ""
    """Its text; a number has to be quoted."""
    value_from: Manifest = {}
    """Where its text is had from, as Kubernetes has it."""


class Block(_Part):
    """A range of addresses, as NetworkPolicy has it."""

    cidr: str
    """The range."""
    except_: Annotated[list[str], Field(alias="except")] = []
    """What of it is left out."""


class ApiServer(_Part):
    """Where the apiserver is. A NetworkPolicy holds for a pod, so what Argo's executor may reach the agent beside it may reach too."""

    cidrs: list[str] = [*PRIVATE, "fc00::/7"]
    """Its addresses. Give the real ones (`kubectl get endpointslices -n default`), such as `10.0.0.5/32`, to close the rest."""
    ports: list[int] = [443, 6443]
    """Its ports, before and behind its Service."""


class NetworkPolicy(_Part):
    """What pods of convoys may reach; it holds only where the cluster's network plug-in enforces it."""

    enabled: bool = True
    """Make a policy for the pods of convoys: nothing reaches them, and they reach what stands here."""
    blocks: list[Block] = [
        Block.model_validate({"cidr": "0.0.0.0/0", "except": [*PRIVATE, "169.254.0.0/16"]}),
        Block.model_validate({"cidr": "::/0", "except": ["fc00::/7", "fe80::/10"]}),
    ]
    """Where git servers and models are: the internet without private addresses and clouds' metadata, unless you say otherwise."""
    ports: list[int] = [22, 443]
    """TCP ports that may be reached there. It is pods that are let through, so git and model are open to the agent alike."""
    api_server: ApiServer = ApiServer()
    """Where the apiserver is, to which Argo's executor reports."""
    dns: list[Manifest] = []
    """NetworkPolicy peers that answer DNS, on the ports 53 and 5353; any when empty."""
    extra_egress: list[Manifest] = []
    """Further egress rules, as NetworkPolicy has them: a git server or a proxy inside of the cluster."""


class Workers(_Part):
    """The namespaces that convoys stand in and their pods run in."""

    namespaces: Annotated[list[Namespace], Field(min_length=1, json_schema_extra={"uniqueItems": True})] = [
        "gastown-workers"
    ]
    """Each gets the accounts of pods, their roles and the network policy. In the first one repositories of rigs are checked."""
    create: bool = True
    """Make these namespaces; they are kept when the chart is removed, as convoys stand in them."""
    pod_security: Literal["restricted", "baseline", "privileged"] = "restricted"
    """The Pod Security level that these namespaces enforce; agents that need a root user ask for less."""
    network_policy: NetworkPolicy = NetworkPolicy()
    """What pods of convoys may reach."""


class Pods(_Part):
    """The pods of polecats and merges."""

    steps_image: str = ""
    """Image of clone, publish and merge; `gastown/steps` of the chart's `appVersion` when empty."""
    agent_image: str = ""
    """Image of agents, where neither convoy nor rig names another and `agentImages` has none; `gastown/polecat-agent`, which has Claude Code, when empty."""
    agent_images: dict[str, str] = dict.fromkeys(DEFAULT.agent_images, "")
    """Agent -> its image, in place of `agentImage`. An empty one is `gastown/polecat-<agent>`, or `agentImage` where you name that."""
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """When the kubelet pulls them."""
    git_secret: Named = DEFAULT.git_secret
    """Secret with the key or token for the repository, where the rig names no other. It may be absent."""
    model_secret: Named = DEFAULT.model_secret
    """Secret with the agent's log-in files, where nobody names another. It may be absent."""
    cover_exchange: bool = DEFAULT.cover_exchange
    """Cover Argo's exchange folder /var/run/argo in the containers that run agents and gates, so that they can't write to it."""
    user_id: Annotated[int | None, Field(ge=1)] = DEFAULT.user_id
    """User and group of all containers but `main` of a polecat and a merge, which is the next user of the same group; null lets the platform choose. It has no effect on OpenShift."""
    retries: Annotated[int, Field(ge=0)] = DEFAULT.retries
    """How often a step that crashed, or whose pod was lost, is tried again."""
    grace_seconds: Annotated[int, Field(ge=0)] = DEFAULT.grace_seconds
    """Seconds that a polecat's pod gets on top of the agent's own time, for cloning and publishing."""
    steps_resources: Manifest = DEFAULT.steps_resources
    """Resources of our own containers."""
    agent_resources: Manifest = DEFAULT.agent_resources
    """Resources of the agent's container: each that neither its Polecat nor its Rig names."""
