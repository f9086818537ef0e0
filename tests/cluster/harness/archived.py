"""A release from its archives on a node: chart and images out of a registry that wants a log-in, and nothing of a checkout."""

import contextlib
import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness import releases
from harness.adapters import OURS
from harness.charts import helm
from harness.convoys import HTTP_SECRET, Yard
from harness.errors import Broken, Missing
from harness.gitserver import secret
from harness.installed import RESTRICTED, SMALL
from harness.network import HOST
from harness.processes import until
from harness.registry import registry
from harness.releases import Release
from harness.running import Cluster
from harness.site import Mode, free_ports
from kubernetes.dynamic.exceptions import NotFoundError

from images import agents

_QUIET = ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING")


@contextlib.contextmanager
def registry_beside(cluster: Cluster, folder: Path) -> Iterator[str]:
    """The address of a registry with a log-in that the node pulls from. Raises Missing."""
    if cluster.site.mode is not Mode.FULL:
        raise Missing("a given cluster does not reach a registry of this machine")
    if not agents.obtainable():
        raise Missing("this machine has no npm, which Claude Code comes with")
    found = f"{HOST}:{free_ports(1, HOST)[0]}"
    with registry(folder, found):
        releases.trust(cluster.site, found)
        yield found


@dataclasses.dataclass(frozen=True, slots=True)
class Archived:
    """A release that is installed in a namespace of its own, with another one for convoys."""

    cluster: Cluster
    name: str
    address: str

    @property
    def workers(self) -> str:
        """The namespace of convoys."""
        return f"{self.name}-workers"

    def helm(self, verb: str, release: Release, *flags: str, **changed: Any) -> None:
        """Install or upgrade, and wait until all of it is ready."""
        values = release.values()
        values["pods"] |= {"stepsResources": SMALL, "agentResources": SMALL}
        values |= {"clusterWide": False, "workers": {"namespaces": [self.workers]}, **changed}
        place = ("--namespace", self.name, "--wait", "--timeout", "5m")
        try:
            helm(
                verb,
                self.name,
                str(release.chart),
                *place,
                *flags,
                values=values,
                kubeconfig=self.cluster.kubeconfig,
            )
        except Broken as late:
            raise Broken(f"{late}\n{self.told()}") from late
        self.cluster.apply(releases.pull_secret(self.workers, self.address))

    def told(self) -> str:
        """The warnings of the release's namespace."""
        found = self.cluster.kind("v1", "Event").get(namespace=self.name)
        return "\n".join(
            f"{each.involvedObject.name}: {each.message}" for each in found.items if each.type == "Warning"
        )

    def sling(self, beads: list[Mapping[str, Any]]) -> Yard:
        """A convoy of Claude Code, against a stand-in for its model."""
        yard = Yard(self.cluster, self.workers)
        yard.open()
        self.cluster.apply(secret("model-key", self.workers, {"key": "sk-stand-in"}))
        rig = {
            "gitURL": self.cluster.git.http_url(yard.namespace),
            "beadsPrefix": "ap",
            "gitSecretRef": {"name": HTTP_SECRET},
            "apiKeySecretRef": {"name": "model-key", "key": "key"},
            "agentConfig": {
                "modelProvider": {"endpoint": self.cluster.model_url},
                "env": [{"name": name, "value": "1"} for name in _QUIET],
            },
        }
        convoy = {"description": "demo", "rigRef": yard.namespace, "beads": beads}
        self.cluster.apply(
            {"apiVersion": OURS, "kind": "Rig", "metadata": {"name": yard.namespace}, "spec": rig},
            {
                "apiVersion": OURS,
                "kind": "Convoy",
                "metadata": {"name": "demo", "namespace": self.workers},
                "spec": convoy,
            },
        )
        return yard

    def gt(self, release: Release, *words: str) -> "subprocess.CompletedProcess[str]":
        """`kubectl gt` out of the wheel; the environment of these tests gives only what it depends on."""
        (wheel,) = release.files.glob("*.whl")
        return subprocess.run(
            [sys.executable, "-P", "-m", "kubectl_gt", *words, "--namespace", self.workers],
            cwd=release.files,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(release.root),
                "PYTHONPATH": str(wheel),
                "KUBECONFIG": str(self.cluster.kubeconfig),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def phase(self) -> str:
        """The convoy's."""
        found = self.cluster.kind(OURS, "Convoy").get(name="demo", namespace=self.workers).to_dict()
        return str((found.get("status") or {}).get("phase", ""))

    def pods(self, namespace: str) -> list[dict[str, Any]]:
        """Those of a namespace."""
        found = self.cluster.kind("v1", "Pod").get(namespace=namespace)
        return [each.to_dict() for each in found.items]

    def end(self, *, seconds: float = 420) -> str:
        """The convoy's phase, once it has ended."""
        try:
            until(lambda: self.phase() in ("Complete", "Failed"), "the end of the convoy", seconds=seconds)
        except Broken as late:
            raise Broken(f"{late}\n{self.cluster.mishaps(self.workers)}") from late
        return self.phase()


@contextlib.contextmanager
def archived(cluster: Cluster, name: str, address: str) -> Iterator[Archived]:
    """Namespaces to install in; afterwards all of it is gone but the definitions."""
    labels = {**RESTRICTED, "gastown.test/town": name}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    cluster.apply(releases.pull_secret(name, address))
    made = Archived(cluster, name, address)
    yield made
    helm("uninstall", name, "--namespace", name, "--ignore-not-found", kubeconfig=cluster.kubeconfig)
    for kind, version, each in (
        ("Rig", OURS, made.workers),
        ("Namespace", "v1", made.workers),
        ("Namespace", "v1", name),
    ):
        with contextlib.suppress(NotFoundError):
            cluster.kind(version, kind).delete(name=each)
