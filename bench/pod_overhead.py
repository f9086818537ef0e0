"""How long the pod of a polecat lives whose agent does next to nothing, beside a bare pod of the same containers that do nothing at all.

Goal: at most two seconds more, on an idle node. The bare pod is measured with our containers alone, and with the two as well that Argo puts beside
them. In between stands what Argo alone costs: our containers in its hands, each running `:` of the shell. Pods take turns, so that all meet the same node. Needs root and what tests/cluster/README.md names; `ROUNDS=10` takes more of them.
"""

import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "cluster"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from harness import tenants
from harness.cluster import session
from harness.convoys import Yard, inline_convoy, writing
from harness.processes import until
from harness.running import Cluster
from harness.site import Mode

ROUNDS = int(os.environ.get("ROUNDS", "6"))
PATIENCE = 240.0
"""Seconds that one pod may take."""

Manifest = dict[str, Any]


class Watch:
    """When each pod of a namespace came and ended, as a watch told it: timestamps of Kubernetes are whole seconds."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.came: dict[str, float] = {}
        self.ended: dict[str, tuple[float, str]] = {}
        self._pods = cluster.kind("v1", "Pod")
        self._namespace = namespace
        threading.Thread(target=self._read, daemon=True).start()

    def life(self, part: str) -> float:
        """Seconds of the one pod whose name has this in it, once it has ended well."""

        def found() -> str:
            return next((name for name in self.ended if part in name), "")

        until(lambda: bool(found()), f"the end of the pod {part}", seconds=PATIENCE)
        ended, phase = self.ended[found()]
        if phase != "Succeeded":
            raise SystemExit(f"{found()}: {phase}")
        return ended - self.came[found()]

    def _read(self) -> None:
        for event in self._pods.watch(namespace=self._namespace, timeout=3600):
            now, pod = time.monotonic(), event["object"]
            self.came.setdefault(pod.metadata.name, now)
            if pod.status.phase in ("Succeeded", "Failed"):
                self.ended.setdefault(pod.metadata.name, (now, pod.status.phase))


ARGOS = ("init", "wait")
"""Containers that Argo adds."""

_KEPT = ("name", "image", "securityContext", "resources")


def _still(container: Manifest) -> Manifest:
    """The same container, which does nothing. Argo's image has no shell."""
    idle = ["argoexec", "version"] if container.get("name") in ARGOS else ["sh", "-c", ":"]
    return {key: container[key] for key in _KEPT if container.get(key)} | {"command": idle}


def _bare(pod: Manifest, name: str, *, without: tuple[str, ...] = ()) -> Manifest:
    """A pod of the same containers that Argo knows nothing of."""
    spec: Manifest = {"restartPolicy": "Never", "automountServiceAccountToken": False}
    spec |= {key: pod["spec"][key] for key in ("securityContext", "serviceAccountName")}
    for kind in ("initContainers", "containers"):
        spec[kind] = [_still(each) for each in pod["spec"][kind] if each["name"] not in without]
    metadata = {"name": name, "namespace": pod["metadata"]["namespace"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _idle(workflow: Manifest, name: str) -> Manifest:
    """A Workflow of the polecat's containers alone, which do nothing."""
    whole = next(each for each in workflow["spec"]["templates"] if each["name"] == "polecat")
    template: Manifest = {"name": "idle", "container": _still(whole["container"])}
    template |= {kind: [_still(each) for each in whole[kind]] for kind in ("initContainers", "sidecars")}
    kept = ("serviceAccountName", "executor", "securityContext", "automountServiceAccountToken")
    spec = {key: workflow["spec"][key] for key in kept if key in workflow["spec"]}
    spec |= {"entrypoint": "idle", "templates": [template]}
    metadata = {"name": name, "namespace": workflow["metadata"]["namespace"]}
    return {**workflow, "metadata": metadata, "spec": spec}


def _measured(cluster: Cluster, namespace: str) -> dict[str, list[float]]:
    yard = Yard(cluster, namespace)
    yard.open()
    watch = Watch(cluster, namespace)
    found: dict[str, list[float]] = {kind: [] for kind in WORDS}
    for number in range(1, ROUNDS + 2):
        convoy = inline_convoy(f"c{number}", writing(number), mergeStrategy="published")
        (compiled,) = yard.compile(convoy, yard.rig())
        yard.submit(compiled)
        lives = {"polecat": watch.life(f"c{number}-1-")}
        (pod,) = (
            each
            for each in cluster.pods(f"c{number}-1", namespace)
            if "-polecat-" in each["metadata"]["name"]
        )
        idle, bare, whole = f"idle{number}", f"bare{number}", f"whole{number}"
        cluster.create(_idle(compiled.workflow, idle))
        lives["argo"] = watch.life(idle)
        cluster.create(_bare(pod, bare, without=ARGOS))
        lives["bare"] = watch.life(bare)
        cluster.create(_bare(pod, whole))
        lives["whole"] = watch.life(whole)
        if number > 1:  # the first of all meets cold caches
            for kind, seconds in lives.items():
                found[kind].append(seconds)
    return found


WORDS = {
    "bare": "a bare pod of our containers",
    "whole": "a bare pod of all its containers",
    "argo": "the same by Argo, doing nothing",
    "polecat": "a polecat that commits a line",
}


def main() -> None:
    """Run and print."""
    with session(Mode.FULL, lambda _: None) as site, tempfile.TemporaryDirectory() as scratch:
        cluster = Cluster(site, Path(scratch))
        namespace = f"bench-{os.getpid()}"
        cluster.apply(*tenants.workers(namespace))
        try:
            found = _measured(cluster, namespace)
        finally:
            cluster.kind("v1", "Namespace").delete(name=namespace)
    base = statistics.median(found["bare"])
    for kind, words in WORDS.items():
        middle = statistics.median(found[kind])
        spread = f"{min(found[kind]):.1f} to {max(found[kind]):.1f}"
        print(f"{words:34}{middle:6.2f} s ({spread}){middle - base:+8.2f} s{middle / base:7.2f} x")


if __name__ == "__main__":
    main()
