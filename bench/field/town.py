"""A namespace of a light cluster in which nothing runs: Argo's controller is stopped, and its nodes are written by the benchmark."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness import tenants
from harness.adapters import OURS, Adapter
from harness.cluster import session
from harness.processes import until
from harness.running import Cluster
from harness.site import Mode
from kubernetes.dynamic.exceptions import NotFoundError

from field.apiserver import Apiserver, collection


@dataclass(frozen=True)
class Town:
    """Where a benchmark works; `folder` is for its files."""

    cluster: Cluster
    folder: Path
    namespace: str

    def convoys(self, names: list[str], *, beads: int) -> None:
        """A rig, and convoys with so many beads each."""
        spec = {"gitURL": "https://git.test/bench.git", "beadsPrefix": "ap"}
        self.cluster.apply(
            {"apiVersion": OURS, "kind": "Rig", "metadata": {"name": self.namespace}, "spec": spec}
        )
        inline = [{"id": f"ap-{number}", "title": f"Bead {number}"} for number in range(1, beads + 1)]
        for name in names:
            metadata = {"name": name, "namespace": self.namespace}
            convoy = {"description": "bench", "rigRef": self.namespace, "beads": inline}
            self.cluster.apply({"apiVersion": OURS, "kind": "Convoy", "metadata": metadata, "spec": convoy})

    def settled(self, replica: Adapter, *, polecats: int) -> None:
        """Wait until so many Polecats are there and the adapter has nothing to do."""
        held = 'gastown_objects{kind="Polecat"}'
        until(lambda: replica.metrics().get(held) == polecats, "the polecats", seconds=3600)
        at_rest(replica)

    async def let_go(self) -> None:
        """Without an adapter nobody takes the finalizers off, and the namespace would stay for ever."""
        async with Apiserver(self.cluster.kubeconfig) as apiserver:
            where = collection("workflows", self.namespace)
            for each in (await apiserver.get(where))["items"]:
                path = f"{where}/{each['metadata']['name']}"
                await apiserver.patch(path, {"metadata": {"finalizers": None}})


@contextlib.contextmanager
def bench_town() -> Iterator[Town]:
    """A town for a while; nothing of it is left behind."""
    namespace = f"bench-{os.getpid()}"
    with tempfile.TemporaryDirectory() as folder, session(Mode.LIGHT, print) as site:
        cluster = Cluster(site, Path(folder))
        town = Town(cluster, Path(folder), namespace)
        cluster.processes.stop("workflow-controller", signal.SIGKILL)
        cluster.apply(*tenants.played(namespace))
        try:
            yield town
        finally:
            asyncio.run(town.let_go())
            cluster.kind("v1", "Namespace").delete(name=namespace)
            with contextlib.suppress(NotFoundError):
                cluster.kind(OURS, "Rig").delete(name=namespace)
            cluster.processes.revive("workflow-controller")


def at_rest(replica: Adapter) -> None:
    """Wait until the adapter has looked at everything that it was asked to look at."""
    seen: list[tuple[float, float]] = []

    def resting() -> bool:
        found = replica.metrics()
        looks = sum(value for name, value in found.items() if name.startswith("gastown_reconciles_total"))
        seen.append((looks, found["gastown_queue_depth"]))
        return len(seen) > 10 and len(set(seen[-10:])) == 1 and not seen[-1][1]

    until(resting, "rest", seconds=3600)


def writes(replica: Adapter) -> dict[str, float]:
    """How often the adapter has written, by kind and verb."""
    found = replica.metrics()
    return {name: value for name, value in found.items() if name.startswith("gastown_writes_total")}
