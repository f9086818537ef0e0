"""The runner and all that it started are killed at moments spread over its work, again and again: nothing is lost, nothing is done twice."""

import contextlib
import itertools
import os
import time

import psutil
import pytest

from workflows.local.processes import daemon

KILLS = 25 if os.environ.get("GASTOWN_TEST_WHOLE") else 8
"""Of each kind: `make test-whole` kills fifty times in all."""
EDGES = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"], "e": [], "f": ["e"]}
AGENT = (
    'echo "$GASTOWN_BEAD" > "$GASTOWN_BEAD.txt" && git add -A && '
    '{ git diff --cached --quiet || git commit -qm "Do $GASTOWN_BEAD"; }'
)
OVER = ("Complete", "Failed")


@pytest.fixture
def runners():
    """Programs of their own, as users start them: here they are killed."""


@pytest.mark.timeout(900)
@pytest.mark.slow
@pytest.mark.parametrize(
    "alone", [pytest.param(False, id="with its children"), pytest.param(True, id="alone")]
)
def test_every_bead_is_merged_once(town, alone):
    """However often it is killed, the target only moves forward and ends with each bead once."""
    heads, convoys = [town.head()], []
    for number in range(KILLS):
        if not convoys or town.status(convoys[-1]).phase in OVER:
            convoys.append(f"c{len(convoys)}")
            town.convoy(_beads(convoys[-1]), AGENT, convoys[-1])
        else:
            town.local.convoys.resume(convoys[-1])
        _let_it_work(town, convoys[-1], changes=number % 4, moment=number * 0.0618 % 0.1)
        _kill(town, alone=alone)
        heads.append(town.head())
    town.local.convoys.resume(convoys[-1])
    town.wait(convoys[-1])

    for before, after in itertools.pairwise([*heads, town.head()]):
        town.git("merge-base", "--is-ancestor", before, after)
    ends = {bead: end for name in convoys for bead, end in town.ends(name).items()}
    assert {} == {bead: end for bead, end in ends.items() if end[0] != "Merged"}
    assert ["Complete"] * len(convoys) == [town.status(name).phase for name in convoys]
    wanted = {bead: needs for name in convoys for bead, needs in _beads(name).items()}
    merged = town.merged()
    assert sorted(wanted) == sorted(merged)
    assert all(merged.index(need) < merged.index(bead) for bead, needs in wanted.items() for need in needs)
    assert ("", "") == (town.queue(), town.git("for-each-ref", "refs/gastown/wip"))


def _beads(convoy):
    return {f"{convoy}-{bead}": [f"{convoy}-{need}" for need in needs] for bead, needs in EDGES.items()}


def _let_it_work(town, convoy, *, changes, moment):
    """Until the runner has written so often, and a moment more: the same places in its work on any machine."""
    version, deadline = town.local.store.version, time.monotonic() + 10
    while changes and time.monotonic() < deadline and daemon.alive(town.home, convoy):
        if version != (version := town.local.store.version):
            changes -= 1
        time.sleep(0.003)
    psutil.wait_procs(town.processes(), timeout=moment)


def _kill(town, *, alone):
    """All at once; or the runner alone, whose containers live on until the next runner finds them."""
    if not alone:
        town.kill()
        return
    for process in town.processes():
        with contextlib.suppress(psutil.Error):
            if "GASTOWN_POD" not in process.environ():
                process.kill()
