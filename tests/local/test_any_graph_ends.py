"""Whatever the graph and however its pods end: each run ends, in order, with the phases that Argo would give."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

EDGES = st.integers(1, 9).flatmap(
    lambda size: st.tuples(
        *(st.sets(st.integers(0, max(0, n - 1)), max_size=3 if n else 0) for n in range(size))
    )
)


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(EDGES, st.integers(0, 3), st.booleans(), st.randoms(use_true_random=True))
def test_runs_end_in_order(make, begin, edges, parallelism, killed, random):
    """Pods end in any order with any code; the runner may be lost between any two of them."""
    told = {f"t{n}": [f"t{need}" for need in needs] for n, needs in enumerate(edges)}
    manifest = make.workflow(
        make.graph(told, **({"parallelism": parallelism} if parallelism else {})), make.pod("work", retries=1)
    )
    with tempfile.TemporaryDirectory() as directory:
        going, stored = begin(manifest, Path(directory)), {}
        going.advance()
        while going.going:
            assert not parallelism or len({node.partition("(")[0] for node in going.going}) <= parallelism
            going.end(random.choice(going.going), code=random.choice([0, 0, 0, 1, 10, None]))
            going.clock.pass_(60)
            going.advance()
            stored |= {node["name"]: json.loads(json.dumps(node)) for node in going.tree.changes()}
            if killed and random.random() < 0.3:
                for node in going.going:
                    going.locks.release(f"c-1.{node}")
                going = begin(manifest, Path(directory), stored.values())
                going.advance()

    phases = {task: going.phase(task) for task in told}
    assert going.engine.phase == _worst(phases)
    for task, needs in told.items():
        met = all(phases[need] == "Succeeded" for need in needs)
        assert met == (phases[task] != "Omitted")


def _worst(phases):
    return next((phase for phase in ("Error", "Failed") if phase in phases.values()), "Succeeded")
