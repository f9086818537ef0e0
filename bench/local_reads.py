"""What each verb that only reads takes over one convoy of 500 beads on one machine, beside the same over one of 5.

Target: 0.5 s each. First processor time, then the time of the clock, which says something on an idle machine only.

The town is real: the convoy is planned, compiled and executed by the engine, whose pods end at once. A third of the beads is done, a few
are at work or failed, the rest waits.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from crds import Convoy, Manifest, Rig
from workflows.clock import utc_now
from workflows.local.engine.engine import Engine
from workflows.local.engine.interface import PodEnd, PodStart
from workflows.local.engine.nodes import Tree
from workflows.local.home import Home
from workflows.local.processes.semaphores import FileLocks
from workflows.local.town import LocalTown

SIZES = (5, 500)
RUNS = 5
VERBS = {
    "status": ["status"],
    "top": ["top"],
    "convoy list": ["convoy", "list"],
    "convoy status": ["convoy", "status", "bench"],
    "convoy graph": ["convoy", "graph", "bench"],
    "convoy report": ["convoy", "report", "bench", "-o", "html"],
    "polecat list": ["polecat", "list"],
}


def town(root: Path, beads: int) -> None:
    """One rig with one convoy of so many beads, each after one of the ten before it."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", root / "origin.git"], check=True)
    seed = root / "seed"
    for command in (
        f"git init -q -b main {seed}",
        f"git -C {seed} -c user.name=b -c user.email=b@b.test commit -q --allow-empty -m first",
        f"git -C {seed} push -q {root}/origin.git main",
    ):
        subprocess.run(command.split(), check=True)
    made = LocalTown(Home(root / "home"))
    rig = {"gitURL": str(root / "origin.git"), "beadsPrefix": "be", "baseBranch": "main"}
    made.rigs.create(Rig.model_validate({"metadata": {"name": "bench"}, "spec": rig}))
    made.convoys.create(Convoy.model_validate({"metadata": {"name": "bench"}, "spec": _spec(beads)}))
    for workflow in made.store.workflows("bench"):
        _run(made, workflow, root / "locks", beads=beads)
    made.store.close()


def _spec(beads: int) -> Manifest:
    inline = [
        {
            "id": f"be-{number}",
            "title": f"Bead {number} of the convoy that is measured",
            "dependsOn": [f"be-{number - number % 10}"] if number % 10 else [],
        }
        for number in range(beads)
    ]
    agent = {"agent": "custom", "agentConfig": {"command": ["true"]}}
    return {"description": "Measured", "rigRef": "bench", "beads": inline, **agent}


def _run(made: LocalTown, workflow: Manifest, locks: Path, *, beads: int) -> None:
    name = workflow["metadata"]["name"]
    tree = Tree(name, (), utc_now)
    engine = Engine(workflow, tree, locks=FileLocks(locks, lambda *_: beads), clock=utc_now)
    for _ in range(6):
        for start in engine.advance():
            if sum(map(ord, start.node)) % 7:
                engine.ended(start.node, _end(start))
    made.store.put_nodes(name, tree.changes())


def _end(start: PodStart) -> PodEnd:
    told = {"branch": "polecat/b", "sha": "a" * 40, "base": "b" * 40, "commits": "2", "cost": "0.31"}
    outcome = {"outcome": "merged", "sha": "c" * 40}
    failed = sum(map(ord, start.node)) % 11 == 0
    if failed:
        return PodEnd(code=10, message="main: Error (exit code 10): the agent changed nothing")
    return PodEnd(code=0, outputs=outcome if "merge" in start.node.rpartition(".")[2] else told)


def milliseconds(arguments: list[str], root: Path) -> tuple[float, float]:
    """Processor time of one run of the program, its own and that of the git that it runs; and the time of the clock."""
    program = Path(sys.executable).parent / "gastown"
    environ = os.environ | {"GASTOWN_HOME": str(root / "home"), "GASTOWN_LOCAL": "1"}
    begun, at = _spent(), time.monotonic()
    subprocess.run([program, *arguments], check=True, capture_output=True, env=environ)
    return (_spent() - begun) * 1000, (time.monotonic() - at) * 1000


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Run both towns in turn, so that a busy machine is busy for both, and print the medians."""
    roots = {size: Path(tempfile.mkdtemp(prefix="gastown-bench-")) for size in SIZES}
    for size, root in roots.items():
        town(root, size)
    print(f"{'':<16}" + "".join(f"{f'{size} beads':>12}{'(clock)':>12}" for size in SIZES))
    for verb, arguments in VERBS.items():
        times: dict[int, list[tuple[float, float]]] = {size: [] for size in SIZES}
        for _ in range(RUNS):
            for size, root in roots.items():
                times[size].append(milliseconds(arguments, root))
        medians = [statistics.median(found) for size in SIZES for found in zip(*times[size], strict=True)]
        print(f"{verb:<16}" + "".join(f"{median:>9.0f} ms" for median in medians))
    for root in roots.values():
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
