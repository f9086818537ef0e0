"""What the place of execution gives: everything in a compiled Workflow that is not about the work itself."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from crds import Manifest


class CompileSettings(BaseModel):
    """The defaults fit the chart in `helm/`; the adapter and the command line override what differs."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    namespace: str = "gastown-workers"
    """Where Workflows, their ConfigMaps and their pods live."""
    steps_image: str = "gastown/steps:0.1.0"
    """Image with git, ssh and this package: it clones, publishes and merges."""
    agent_image: str = "gastown/polecat-agent:0.1.0"
    """Image of the agent, where neither convoy nor rig names another and `agent_images` has none. Needs sh and git."""
    agent_images: dict[str, str] = {
        name: f"gastown/polecat-{name}:0.1.0"
        for name in ("aider", "codex", "copilot", "gemini", "opencode", "qwen")
    }
    """Agent -> its image, in place of `agent_image`; nothing where that one is named alone, which then is for all agents."""
    image_pull_policy: str = "IfNotPresent"
    """Kubernetes' word for when to pull images."""
    service_account: str = "gastown-polecat"
    """Account of the pods. It has no rights and its token is not mounted."""
    executor_service_account: str = "gastown-executor"
    """Account of Argo's executor, which may write task results and nothing else."""
    beads_service_account: str = "gastown-beads"
    """Account of the pods that read bead stores. It may create ConfigMaps and nothing else."""
    git_secret: str = "git-creds"  # noqa: S105 - the name of a Secret, not a secret
    """Secret with the key or token for the repository, where the rig names no other. It may be absent."""
    model_secret: str = "claude-creds"  # noqa: S105 - the name of a Secret, not a secret
    """Secret with the agent's log-in files, where nobody names another. It may be absent."""
    cover_exchange: bool = True
    """Cover Argo's exchange folder `/var/run/argo` in the containers that run agents and gates, so that they can't write to it."""
    user_id: int | None = 65532
    """User and group of all containers but `main` of a polecat and a merge; None lets the platform choose, as OpenShift does."""
    author: str = "Gas Town Polecat"
    """Who commits, where the rig names nobody."""
    email: str = "polecat@gastown.io"
    """The address that goes with it."""
    parks_reviews: bool = False
    """Whether gastown-events looks at waiting pull requests: then a merge that waits for people is a suspended node. Else it is a pod now and then."""
    retries: int = 2
    """How often a step that crashed, or whose pod was lost, is tried again."""
    grace_seconds: int = 600
    """What an agent's pod gets on top of the agent's own time, for cloning and publishing, before Argo ends it."""
    steps_resources: Manifest = {
        "requests": {"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "64Mi"},
        "limits": {"memory": "1Gi", "ephemeral-storage": "8Gi"},
    }
    """Resources of our own containers."""
    agent_resources: Manifest = {
        "requests": {"cpu": "500m", "memory": "1Gi", "ephemeral-storage": "256Mi"},
        "limits": {"cpu": "2", "memory": "4Gi", "ephemeral-storage": "20Gi"},
    }
    """Resources of the agent's container: each that neither its Polecat nor its Rig names."""

    @model_validator(mode="before")
    @classmethod
    def _one_image_for_all(cls, told: Any) -> Any:
        """Who makes an image of his own for all agents needn't know which of them have one of ours."""
        if isinstance(told, dict) and "agent_image" in told and "agent_images" not in told:
            return {**told, "agent_images": {}}
        return told

    @property
    def main_user(self) -> int | None:
        """The user of the container that pushes: not the one whose files an agent or a gate owns. The group is the same."""
        return None if self.user_id is None else self.user_id + 1
