"""Where a rig's polecats run, and with which log-in, as manifests written after gastown-operator's design say it."""

from typing import Literal

from crds.names import Image, OptionalName
from crds.pods import SecretReference
from crds.wire import Wire


class ClaudeCredentials(Wire):
    """The log-in of Claude Code."""

    secret_ref: SecretReference
    """The Secret that holds it as files; the same as spec.claudeCredsSecretRef."""


class KubernetesBackend(Wire):
    """Polecats as pods."""

    namespace: OptionalName = ""
    """The namespace that the rig is worked in: convoys and polecats of another are refused, unless spec.allowedNamespaces
    names it.
    """

    image: Image = ""
    """The container image of the rig's agents, where agentConfig.image names none."""


class Backend(Wire):
    """Where polecats run."""

    type: Literal["kubernetes", "local"] = "kubernetes"
    """As pods of a cluster, or as processes of the machine of whoever slings: a cluster then refuses the rig's work."""

    kubernetes: KubernetesBackend | None = None
    """How they run in a cluster."""
