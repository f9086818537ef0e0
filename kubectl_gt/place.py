"""Where the town is: on this machine, or in the cluster that kubectl would talk to."""

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubectl_gt.errors import WrongPlace
from kubectl_gt.town import Town

POD_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")

NO_EFFECT = frozenset({"cache_dir", "disable_compression"})
"""Options of kubectl that are taken so that scripts go on working; they do not tell which cluster is meant."""

CLUSTERS = frozenset({"cluster", "context", "kubeconfig", "server"})
"""Options that name a cluster, so that none of them goes with `--local`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """What the command line says about it. `kubectl` holds the options of kubectl that were given, by parameter name."""

    local: bool
    kubectl: Mapping[str, Any]

    @property
    def on_machine(self) -> bool:
        """Whether the town is this machine's: as typed, else as GASTOWN_LOCAL says, else where no cluster is configured."""
        if self.local:
            return True
        if self.kubectl.keys() - NO_EFFECT:
            return False
        return asks_local(os.environ) or not cluster_configured(os.environ)


def asks_local(environ: Mapping[str, str]) -> bool:
    """Whether GASTOWN_LOCAL asks for this machine. Raises WrongPlace for a value that is neither yes nor no."""
    value = environ.get("GASTOWN_LOCAL", "").strip().lower()
    if value in ("1", "true", "yes", "on", "y", "t"):
        return True
    if value in ("", "0", "false", "no", "off", "n", "f"):
        return False
    raise WrongPlace(f"GASTOWN_LOCAL is {value!r}; set it to 1 for this machine, or to 0")


def cluster_configured(environ: Mapping[str, str]) -> bool:
    """Whether kubectl would find a cluster here: by KUBECONFIG, ~/.kube/config or as a pod."""
    if environ.get("KUBECONFIG"):
        return True
    file = Path.home() / ".kube" / "config"
    if file.exists() and file.stat().st_size:
        return True
    return "KUBERNETES_SERVICE_HOST" in environ and POD_TOKEN.exists()


def open_town(place: Place) -> Town:
    """The town of the place. Each back-end is imported when it is wanted: the cluster's client is 75 MB."""
    if place.on_machine:
        from kubectl_gt.machine.town import Machine  # noqa: PLC0415 - SQLite and psutil, for one machine only

        return Machine.of_user()
    from kubectl_gt.cluster import Cluster  # noqa: PLC0415 - the Kubernetes client takes half a second to import

    return Cluster.connect(place.kubectl)
