"""What the adapter takes for a town of 5,000 Polecats in 60 convoys: memory, time to catch up after a restart, and rest.

Needs the light cluster of tests/cluster (`PYTHONPATH=tests/cluster python -m harness up --light`). The adapter itself makes all objects, in a real
apiserver; nothing runs: half of the beads are merged and half at work by nodes written here. CONVOYS, BEADS and REST (seconds) choose a smaller
town. The baselines are the targets, and the memory of the same program with nothing to hold.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "cluster"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import psutil
from field.apiserver import Apiserver, collection
from field.changes import Nodes, merged, status, under_way
from field.figures import cpu, held
from field.town import Town, at_rest, bench_town, writes
from harness.adapters import Adapter, adapter
from harness.launching import program

CONVOYS = int(os.environ.get("CONVOYS", "60"))
BEADS = int(os.environ.get("BEADS", "84"))
REST = int(os.environ.get("REST", "60"))
_NAMES = [f"scale-{number}" for number in range(CONVOYS)]


async def _work(town: Town) -> None:
    """Write what Argo would have written by the middle of the work."""
    async with Apiserver(town.cluster.kubeconfig) as apiserver:
        for name in _NAMES:
            workflow = f"{name}-1"
            nodes: Nodes = {}
            for number in range(1, BEADS + 1):
                told = merged if number % 2 else under_way
                nodes |= told(workflow, f"ap-{number}", number=1)
            path = f"{collection('workflows', town.namespace)}/{workflow}"
            await apiserver.patch(path, {"status": status(workflow, nodes)})


def _pid(replica: Adapter) -> int:
    assert replica.process is not None  # noqa: S101 - it runs while the block does
    return replica.process.pid


def _memory(replica: Adapter, *, peak: bool = False) -> float:
    if not peak:
        return float(psutil.Process(_pid(replica)).memory_info().rss) / 2**20
    lines = Path(f"/proc/{_pid(replica)}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 2**10


def _restart(replica: Adapter) -> None:
    replica.stop()
    begun = time.perf_counter()
    replica.start()
    read = time.perf_counter() - begun
    used = cpu(_pid(replica))
    at_rest(replica)
    held("restart until everything is read", read, "s", target=10)
    held("  CPU for that", used, "s")
    held("  CPU until everything is looked at", cpu(_pid(replica)), "s")
    written = {name: count for name, count in writes(replica).items() if count}
    # One is due: the limit of the rig, which Argo reads from a ConfigMap.
    held("  writes after the restart", sum(written.values()), "", target=2)
    held("memory after the restart", _memory(replica), "MiB", target=250)
    held("  at its highest", _memory(replica, peak=True), "MiB", target=250)


def _rest(replica: Adapter) -> None:
    before, used = writes(replica), cpu(_pid(replica))
    time.sleep(REST)
    held(f"CPU at rest, of one core, over {REST} s", 100 * (cpu(_pid(replica)) - used) / REST, "%", target=2)
    after = writes(replica)
    held(f"writes at rest, over {REST} s", sum(after.values()) - sum(before.values()), "", target=1)


def measure(town: Town) -> None:
    """Make the town, then measure it."""
    with adapter(town.cluster, town.folder, town.namespace, launch=program) as replica:
        at_rest(replica)
        held("memory with nothing to hold", _memory(replica), "MiB")
        begun = time.perf_counter()
        town.convoys(_NAMES, beads=BEADS)
        town.settled(replica, polecats=CONVOYS * BEADS)
        asyncio.run(_work(town))
        at_rest(replica)
        held(f"{CONVOYS * BEADS} Polecats in {CONVOYS} convoys, made in", time.perf_counter() - begun, "s")
        held("memory after making them", _memory(replica), "MiB", target=250)
        held("  at its highest", _memory(replica, peak=True), "MiB")
        made = writes(replica)['gastown_writes_total{kind="Polecat",verb="status"}']
        held("status writes for a Polecat that changed once", made / (CONVOYS * BEADS), "")
        _restart(replica)
        _rest(replica)


if __name__ == "__main__":
    with bench_town() as found:
        measure(found)
