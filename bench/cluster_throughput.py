"""How long beads of an agent that does next to nothing take on the real cluster, and what of that is merging and what the shape of the graph.

Twelve and forty independent beads eight at a time, and a chain of six. The baselines of the same run: the same pods without merges (the floor), and
for the chain the shape of version 0.1 with the programs of today. Needs root and what tests/cluster/README.md names:
`PYTHONPATH=tests/cluster python -m harness up`, then this. `CASES=chain` runs some of them.
"""

import datetime
import itertools
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "cluster"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from field.earlier import earlier
from harness import tenants
from harness.cluster import session
from harness.convoys import Yard, inline_convoy, writing
from harness.running import Cluster
from harness.site import Mode

WIDTH = 8
PATIENCE = 1200.0
"""Seconds that one convoy may take."""
CASES = os.environ.get("CASES", "chain,12,40").split(",")

Manifest = dict[str, Any]
_NUMBERS = itertools.count()


def _beads(case: str) -> list[Manifest]:
    if case == "chain":
        return [writing(n, **({"dependsOn": [f"ap-{n - 1}"]} if n > 1 else {})) for n in range(1, 7)]
    return [writing(n) for n in range(1, int(case) + 1)]


def _run(cluster: Cluster, case: str, shaped: Callable[[Manifest], Manifest] = dict, **spec: Any) -> Manifest:
    """One convoy in a repository of its own, to its end."""
    name = f"bench-{os.getpid()}-{next(_NUMBERS)}"
    cluster.apply(*tenants.workers(name))
    try:
        yard = Yard(cluster, name)
        yard.open()
        # Its rig lets as many work as the convoy asks for.
        rig = yard.rig({"settings": {"maxPolecats": WIDTH}})
        (compiled,) = yard.compile(inline_convoy("c", *_beads(case), parallelism=WIDTH, **spec), rig)
        cluster.apply(*compiled.config_maps)
        cluster.create(shaped(compiled.workflow))
        ended = cluster.await_end("c-1", name, seconds=PATIENCE)
        if ended["status"]["phase"] != "Succeeded":
            raise SystemExit(f"{case}: {ended['status']['phase']}\n{cluster.mishaps(name)}")
        return ended
    finally:
        cluster.kind("v1", "Namespace").delete(name=name)


def _wall(workflow: Manifest) -> float:
    moments = (
        datetime.datetime.fromisoformat(workflow["status"][key]) for key in ("startedAt", "finishedAt")
    )
    begun, ended = moments
    return (ended - begun).total_seconds()


def _pod(workflow: Manifest, template: str) -> float:
    """How long a pod of a template lives, in the middle."""
    nodes = [
        node
        for node in workflow["status"]["nodes"].values()
        if node["type"] == "Pod" and node["templateName"] == template
    ]
    lives = sorted(_wall({"status": node}) for node in nodes)
    return lives[len(lives) // 2] if lives else 0.0


def _show(case: str, words: str, workflow: Manifest, base: float) -> None:
    wall, nodes = _wall(workflow), len(workflow["status"]["nodes"])
    lives = f"pod of a polecat {_pod(workflow, 'polecat'):.0f} s, of a merge {_pod(workflow, 'merge'):.0f} s"
    print(f"{case:>6}  {words:38}{wall:6.0f} s  {wall / base:5.2f} x  {nodes:4} nodes  {lives}", flush=True)


def main() -> None:
    """Run and print."""
    with session(Mode.FULL, print) as site, tempfile.TemporaryDirectory() as scratch:
        cluster = Cluster(site, Path(scratch))
        for case in CASES:
            floor = _run(cluster, case, mergeStrategy="published")
            base = _wall(floor)
            _show(case, "the same pods without merges", floor, base)
            if case == "chain":
                _show(case, "the shape of version 0.1", _run(cluster, case, earlier), base)
            _show(case, "merged", _run(cluster, case), base)


if __name__ == "__main__":
    main()
