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
TURNS = 9
STEADY = 6_000
"""Beads in a turn, at least: a small convoy alone is over too soon to be timed."""


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


def seconds(work: Callable[[], object], *, times: int = 1) -> float:
    """Seconds of the processor: it is one thread, and others may use the machine."""
    gc.collect()
    begun = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begun) / times


def main() -> None:
    """Print one line a size. The sizes take turns, and are compared turn by turn: a machine's speed drifts."""
    graphs = {size: graph(size) for size in SIZES}
    works = {size: partial(compiled, beads, request(beads)) for size, beads in graphs.items()}
    records = {
        size: [bead.model_dump(mode="json") for bead in beads.values()] for size, beads in graphs.items()
    }
    gc.collect()
    gc.freeze()  # what was there before is no part of the work: the collector need not look at it
    turns = [
        {size: seconds(work, times=max(1, STEADY // size)) for size, work in works.items()}
        for _ in range(TURNS)
    ]
    print(
        f"{'beads':>7}{'seconds':>9}{'µs a bead':>11}{'of 1,000':>10}{'bytes a bead':>14}{'json seconds':>14}{'ratio':>8}"
    )
    for size in SIZES:
        ours = statistics.median(turn[size] for turn in turns)
        growth = statistics.median((turn[size] / size) / (turn[1_000] / 1_000) for turn in turns)
        plain = statistics.median(seconds(partial(through_json, records[size])) for _ in range(TURNS))
        weight = works[size]() / size
        print(
            f"{size:>7,}{ours:>9.3f}{ours / size * 1e6:>11.0f}{growth:>9.2f}x{weight:>14.0f}{plain:>14.4f}{ours / plain:>7.0f}x"
        )


if __name__ == "__main__":
    main()
