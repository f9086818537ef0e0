"""From a Workflow's write to its Polecat's status: how long that takes, with many convoys changing at once.

Baseline of the same run: the floor, which is a write, its watch event, and a write in answer, made by this program itself. Needs the light
cluster of tests/cluster (`PYTHONPATH=tests/cluster python -m harness up --light`); the Workflows are never run: their nodes are written here, as
Argo's controller would.
"""

import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "cluster"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from harness import tenants
from harness.adapters import OURS, adapter
from harness.cluster import session
from harness.processes import until
from harness.running import Cluster
from harness.site import Mode
from kubernetes import aio

from adapter.gateway import ClusterGateway
from adapter.keys import Key
from adapter.login import connect

CONVOYS = int(os.environ.get("CONVOYS", "100"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
_watch: Any = aio.watch
_client: Any = aio.client


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _show(name: str, seconds: list[float]) -> None:
    figures = [statistics.median(seconds), _percentile(seconds, 0.99), max(seconds)]
    p50, p99, worst = (f"{1000 * each:.1f}" for each in figures)
    print(f"{name:34} n={len(seconds):5}  p50 {p50:>7} ms  p99 {p99:>7} ms  max {worst:>7} ms")


class Field:
    """The namespace in which everything happens, and who writes into it."""

    def __init__(self, gateway: ClusterGateway, api: Any, namespace: str) -> None:
        self.gateway = gateway
        self.namespace = namespace
        self._custom = _client.CustomObjectsApi(api)

    async def follow(self, group: str, plural: str, seen: Callable[[dict[str, Any]], None]) -> None:
        """Pass on what a watch brings, for ever."""
        stream = _watch.Watch().stream(
            self._custom.list_namespaced_custom_object, group, "v1alpha1", self.namespace, plural
        )
        async for event in stream:
            seen(event["raw_object"])

    async def set_phase(self, number: int, phase: str, mark: str) -> None:
        """Write a node as Argo's controller would: the polecat of a convoy's one bead."""
        name = f"lag-{number}-1"
        started = f"2026-01-01T00:00:{int(mark) % 60:02}Z"
        base = f"{name}.ap-1"
        node = {"phase": phase, "startedAt": started, "type": "Pod", "templateName": "polecat"}
        nodes = {
            name: {**node, "id": name, "name": name, "type": "DAG"},
            f"{name}-1": {**node, "id": f"{name}-1", "name": base, "type": "DAG"},
            f"{name}-2": {**node, "id": f"{name}-2", "name": f"{base}.polecat", "type": "Retry"},
            f"{name}-3": {**node, "id": f"{name}-3", "name": f"{base}.polecat(0)"},
        }
        key = Key("Workflow", self.namespace, name)
        found = await self.gateway.get(key)
        status = {"phase": "Running", "startedAt": started, "nodes": nodes}
        await self.gateway.patch(key, {"status": status}, uid=found["metadata"]["uid"])


async def _lags(field: Field) -> list[float]:
    """Seconds from each write of a Workflow to the arrival of its Polecat's new status."""
    arrived: dict[tuple[str, str], float] = {}
    news = asyncio.Event()

    def seen(polecat: dict[str, Any]) -> None:
        status = polecat.get("status") or {}
        key = (polecat["metadata"]["name"], str(status.get("startedAt")))
        arrived.setdefault(key, time.perf_counter())
        news.set()

    follower = asyncio.create_task(field.follow("gastown.gastown.io", "polecats", seen))
    await asyncio.sleep(1)
    written: dict[tuple[str, str], float] = {}

    async def change(number: int, round_: int) -> None:
        await field.set_phase(number, "Running", str(round_ + 1))
        # From the end of the write: what the apiserver takes to store it is not the adapter's.
        written[f"lag-{number}", f"2026-01-01T00:00:{round_ + 1:02}Z"] = time.perf_counter()

    for round_ in range(ROUNDS):
        await asyncio.gather(*(change(number, round_) for number in range(CONVOYS)))
        async with asyncio.timeout(60):
            while not written.keys() <= arrived.keys():
                news.clear()
                await news.wait()
    follower.cancel()
    return [max(0.0, arrived[key] - written[key]) for key in written]


async def _floor(field: Field) -> list[float]:
    """A write, its event, and a write in answer, one after the other: what no adapter can beat."""
    loop = asyncio.get_running_loop()
    waiting: dict[str, asyncio.Future[None]] = {}

    def seen(workflow: dict[str, Any]) -> None:
        started = str((workflow.get("status") or {}).get("startedAt"))
        future = waiting.get(started)
        if workflow["metadata"]["name"] == "lag-0-1" and future is not None and not future.done():
            future.set_result(None)

    follower = asyncio.create_task(field.follow("argoproj.io", "workflows", seen))
    await asyncio.sleep(1)
    found = []
    polecat = await field.gateway.get(Key("Polecat", field.namespace, "lag-0"))
    status = polecat["status"]
    for number in range(20, 40):
        future = waiting.setdefault(f"2026-01-01T00:00:{number:02}Z", loop.create_future())
        await field.set_phase(0, "Running", str(number))
        begun = time.perf_counter()
        await future
        key = Key("Polecat", field.namespace, "lag-0")
        await field.gateway.patch_status(key, status, uid=polecat["metadata"]["uid"])
        found.append(time.perf_counter() - begun)
    follower.cancel()
    return found


def _prepare(cluster: Cluster, namespace: str) -> None:
    cluster.apply(*tenants.workers(namespace))
    spec = {"gitURL": "https://git.test/lag.git", "beadsPrefix": "ap"}
    cluster.apply({"apiVersion": OURS, "kind": "Rig", "metadata": {"name": namespace}, "spec": spec})
    for number in range(CONVOYS):
        beads = [{"id": "ap-1", "title": "Bead"}]
        cluster.apply(
            {
                "apiVersion": OURS,
                "kind": "Convoy",
                "metadata": {"name": f"lag-{number}", "namespace": namespace},
                "spec": {"description": "lag", "rigRef": namespace, "beads": beads},
            }
        )


async def _within(
    kubeconfig: Path, namespace: str, use: Callable[[Field], Awaitable[list[float]]]
) -> list[float]:
    async with await connect(kubeconfig) as api:
        return await use(Field(ClusterGateway(api), api, namespace))


def main() -> None:
    """Measure, and print."""
    namespace = f"bench-{os.getpid()}"
    with tempfile.TemporaryDirectory() as folder, session(Mode.LIGHT, print) as site:
        cluster = Cluster("light", site.kubeconfig(), site, Path(folder))
        try:
            # Argo would work the Workflows; here they are written by hand.
            cluster.processes.stop("workflow-controller", signal.SIGKILL)
            with adapter(cluster, Path(folder), namespace) as replica:
                _prepare(cluster, namespace)
                polecats = cluster.kind(OURS, "Polecat")
                until(
                    lambda: len(polecats.get(namespace=namespace).items) == CONVOYS,
                    "the polecats",
                    seconds=300,
                )
                until(lambda: replica.metrics().get("gastown_queue_depth") == 0, "rest", seconds=60)
                writes = 'gastown_writes_total{kind="Polecat",verb="status"}'
                before = replica.metrics().get(writes, 0.0)
                lags = asyncio.run(_within(site.kubeconfig(), namespace, _lags))
                made = replica.metrics().get(writes, 0.0) - before
                _show(
                    "floor: write, event, write", asyncio.run(_within(site.kubeconfig(), namespace, _floor))
                )
                _show(f"{CONVOYS} convoys at once", lags)
                print(f"status writes per change            {made / len(lags):.2f}")
        finally:
            cluster.kind("v1", "Namespace").delete(name=namespace)
            cluster.kind(OURS, "Rig").delete(name=namespace)
            cluster.processes.revive("workflow-controller")


if __name__ == "__main__":
    main()
