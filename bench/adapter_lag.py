"""From a Workflow's write to its Polecat's status: how long that takes while a hundred convoys live and change.

Two loads: changes of random convoys at the rate at which Argo's controller writes (20 a second, its default), and all convoys changed in one
moment. The baseline of the same run: a program without any logic (`field.floor`), as a process of its own under the same two loads. Needs the
light cluster of tests/cluster (`PYTHONPATH=tests/cluster python -m harness up --light`); the Workflows are never run: their nodes are written here.
"""

import asyncio
import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "cluster"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import aiohttp
from field.apiserver import Apiserver, Manifest, collection
from field.changes import mark, status, under_way
from field.figures import Lags, cpu
from field.town import Town, bench_town, writes
from harness.adapters import Adapter, adapter
from harness.launching import program

CONVOYS = int(os.environ.get("CONVOYS", "100"))
BURSTS = int(os.environ.get("BURSTS", "5"))
SECONDS = int(os.environ.get("SECONDS", "30"))
RATE = 20.0
"""Changes a second: `--qps` of Argo's workflow-controller."""
TASK = "ap-1"
PATIENCE = 300.0
"""Seconds after which an answer is taken for lost. A machine with ten times the work it can do takes minutes."""


@dataclass
class Load:
    """Writes changes and notes when each was written and when its answer arrived. `number` goes up with each change."""

    apiserver: Apiserver
    namespace: str
    number: int
    _written: dict[int, float] = field(default_factory=dict)
    _arrived: dict[int, float] = field(default_factory=dict)
    _open: dict[str, int] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def steady(self) -> Lags:
        """Random convoys, one after the other at an even rate."""
        chance = random.Random(7)  # noqa: S311 - which convoy, not a secret
        begun = time.perf_counter()
        changes = []
        for turn in range(round(SECONDS * RATE)):
            await asyncio.sleep(max(0.0, begun + turn / RATE - time.perf_counter()))
            free = [name for name in self._names() if name not in self._open]
            if free:
                changes.append(asyncio.create_task(self._change(chance.choice(free))))
        await asyncio.gather(*changes)
        return await self._answered()

    async def bursts(self) -> Lags:
        """All convoys in one moment, again and again."""
        lags: list[float] = []
        for _ in range(BURSTS):
            await asyncio.gather(*(self._change(name) for name in self._names()))
            lags += (await self._answered()).seconds
        return Lags(lags)

    async def follow(self) -> None:
        """Note what arrives, for ever; after a cut from the start, which shows everything once more."""
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async for polecat in self.apiserver.watch(collection("polecats", self.namespace)):
                    self._see(polecat)

    def _see(self, polecat: Manifest) -> None:
        name = polecat["metadata"]["name"]
        awaited = self._open.get(name)
        started = str((polecat.get("status") or {}).get("startedAt") or "")
        if awaited is not None and started >= mark(awaited):
            self._arrived[awaited] = time.perf_counter()
            del self._open[name]
            self._news.set()

    async def _change(self, name: str) -> None:
        self.number += 1
        number = self._open[name] = self.number
        path = f"{collection('workflows', self.namespace)}/{name}-1"
        nodes = under_way(f"{name}-1", TASK, number=number)
        await self.apiserver.patch(path, {"status": status(f"{name}-1", nodes)})
        # From the end of the write: what the apiserver takes to store it is not the adapter's.
        self._written[number] = time.perf_counter()

    async def _answered(self) -> Lags:
        async with asyncio.timeout(PATIENCE):
            while self._open:
                self._news.clear()
                await self._news.wait()
        lags = [max(0.0, self._arrived[number] - self._written[number]) for number in self._written]
        self._written.clear()
        self._arrived.clear()
        return Lags(lags)

    @staticmethod
    def _names() -> list[str]:
        return [f"lag-{number}" for number in range(CONVOYS)]


@dataclass(frozen=True)
class Result:
    """What one program showed under both loads."""

    steady: Lags
    bursts: Lags
    cpu: float


async def _loaded(
    kubeconfig: Path, namespace: str, *, pid: int, number: int, between: Callable[[], None]
) -> Result:
    async with Apiserver(kubeconfig) as apiserver:
        load = Load(apiserver, namespace, number)
        follower = asyncio.create_task(load.follow())
        await load.bursts()  # warms connections and caches
        before = cpu(pid)
        between()
        steady, bursts = await load.steady(), await load.bursts()
        between()
        used = cpu(pid) - before
        follower.cancel()
        return Result(steady, bursts, used / (len(steady.seconds) + len(bursts.seconds)))


@contextlib.contextmanager
def _floor(kubeconfig: Path, namespace: str) -> Iterator[int]:
    command = [sys.executable, "-m", "field.floor", str(kubeconfig), namespace]
    with subprocess.Popen(command, cwd=Path(__file__).parent, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.kill()


def _writes(replica: Adapter) -> dict[str, float]:
    form = 'gastown_writes_total{kind="%s",verb="status"}'
    found = writes(replica)
    return {kind: found.get(form % kind, 0.0) for kind in ("Polecat", "Convoy", "Rig", "Refinery", "Witness")}


def measure(town: Town) -> None:
    """Both programs under both loads, and print."""
    kubeconfig, namespace = town.cluster.kubeconfig, town.namespace
    counts: list[dict[str, float]] = []
    with adapter(town.cluster, town.folder, namespace, launch=program) as replica:
        town.convoys([f"lag-{number}" for number in range(CONVOYS)], beads=1)
        town.settled(replica, polecats=CONVOYS)
        assert replica.process is not None  # noqa: S101 - it runs while the block does
        ours = asyncio.run(
            _loaded(
                kubeconfig,
                namespace,
                pid=replica.process.pid,
                number=0,
                between=lambda: counts.append(_writes(replica)),
            )
        )
    with _floor(kubeconfig, namespace) as pid:
        floor = asyncio.run(_loaded(kubeconfig, namespace, pid=pid, number=1_000_000, between=lambda: None))
    floor.steady.show("floor, 20 changes a second")
    ours.steady.show(f"{CONVOYS} convoys, 20 a second", beside=floor.steady)
    floor.bursts.show("floor, all at once")
    ours.bursts.show(f"{CONVOYS} convoys, all at once", beside=floor.bursts)
    print(
        f"CPU of the adapter for a change  {1000 * ours.cpu:.2f} ms, of the floor {1000 * floor.cpu:.2f} ms"
    )
    changes = len(ours.steady.seconds) + len(ours.bursts.seconds)
    each = {kind: (counts[1][kind] - counts[0][kind]) / changes for kind in counts[0]}
    print(
        "status writes for a change       " + ", ".join(f"{kind} {rate:.2f}" for kind, rate in each.items())
    )


if __name__ == "__main__":
    with bench_town() as found:
        measure(found)
