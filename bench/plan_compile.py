"""Planning and compiling convoys of 100, 1,000 and 10,000 beads: seconds in all, per bead, and bytes of spec a bead.

The graph is like that of real bead stores: groups of up to 40 beads that hang together, one to three dependencies each on recent
ones. The baseline is the same number of beads through `json`, so that machines can be compared. Targets: 10,000 beads in 2 s, a
bead no more than 1.3 times as dear as among 1,000, 250 bytes a bead.
"""

import gc
import json
import random
import statistics
import time
from collections.abc import Callable
from functools import partial

from crds import Convoy, Manifest, Refinery, Rig
from workflows.agents import presets
from workflows.beads import Bead
from workflows.compile import Request, compile_train
from workflows.names import BeadId
from workflows.plan import plan_convoy

SIZES = (100, 1_000, 10_000)
GROUP = 40
RUNS = 5


def graph(size: int) -> dict[BeadId, Bead]:
    """Beads with titles, descriptions and dependencies; the same ones in each run."""
    chance = random.Random(size)  # noqa: S311 - a graph, not a key
    beads: dict[BeadId, Bead] = {}
    for number in range(size):
        recent = range(number - number % GROUP, number)
        needs = chance.sample(recent, min(len(recent), chance.choice((0, 1, 1, 1, 2, 3))))
        bead = BeadId(f"app-{number}")
        edges = [{"depends_on_id": f"app-{need}"} for need in needs]
        beads[bead] = Bead.model_validate(
            {
                "id": bead,
                "title": f"Do the work number {number}",
                "description": "text " * 80,
                "dependencies": edges,
            }
        )
    return beads


def request(beads: dict[BeadId, Bead]) -> Request:
    """The convoy of all of them. Not validated: a manifest holds 2,000 at most, which is less than what is measured here."""
    convoy = Convoy.model_validate(
        {
            "metadata": {"name": "bench"},
            "spec": {"description": "d", "rigRef": "app", "trackedBeads": ["app-0"]},
        }
    )
    spec = convoy.spec.model_copy(update={"tracked_beads": tuple(beads)})
    rig = {
        "metadata": {"name": "app"},
        "spec": {"gitURL": "https://git.example.com/app.git", "beadsPrefix": "app"},
    }
    refinery = {"metadata": {"name": "app-refinery"}, "spec": {"rigRef": "app"}}
    return Request(
        convoy=convoy.model_copy(update={"spec": spec}),
        rig=Rig.model_validate(rig),
        refinery=Refinery.model_validate(refinery),
        agents=presets(),
    )


def compiled(beads: dict[BeadId, Bead], asked: Request) -> int:
    """Plan, then compile and write out one train after the other, as they are submitted; the bytes that the beads take in the specs."""
    plan = plan_convoy(asked.convoy, beads)
    return sum(weight(compile_train(plan, train, asked).workflow) for train in plan.trains)


def weight(workflow: Manifest) -> int:
    """The bytes of a Workflow's bead graph."""
    templates = workflow["spec"]["templates"]
    return sum(len(json.dumps(each["dag"]["tasks"])) for each in templates if each["name"] == "convoy")


def through_json(records: list[dict[str, object]]) -> object:
    """The baseline: write and read them once."""
    return json.loads(json.dumps(records))


def median(work: Callable[[], object]) -> float:
    """Median seconds of the processor over some runs, after one that warms up: it is one thread, and others may use the machine."""
    work()
    times = []
    for _ in range(RUNS):
        gc.collect()
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return statistics.median(times)


def main() -> None:
    """Print one line a size."""
    print(
        f"{'beads':>7}{'seconds':>9}{'µs a bead':>11}{'of 1,000':>10}{'bytes a bead':>14}{'json seconds':>14}{'ratio':>8}"
    )
    found: dict[int, tuple[float, float, float]] = {}
    for size in SIZES:
        beads = graph(size)
        asked = request(beads)
        seconds = median(partial(compiled, beads, asked))
        baseline = median(partial(through_json, [bead.model_dump(mode="json") for bead in beads.values()]))
        found[size] = (seconds, compiled(beads, asked) / size, baseline)
    unit = found[1_000][0] / 1_000
    for size, (seconds, weight, baseline) in found.items():
        each = seconds / size
        print(
            f"{size:>7,}{seconds:>9.3f}{each * 1e6:>11.0f}{each / unit:>9.2f}x{weight:>14.0f}{baseline:>14.4f}{seconds / baseline:>7.0f}x"
        )


if __name__ == "__main__":
    main()
