"""`make kills`: the runner and its children are killed at random moments over convoys of thirty beads; a fresh clone tells what came of it."""

import collections
import os
import random
import subprocess
import time

import psutil
import pytest

KILLS = int(os.environ.get("GASTOWN_TEST_KILLS", "0"))
BEADS = 30
AGENT = (
    'echo "$GASTOWN_BEAD" > "$GASTOWN_BEAD.txt" && git add -A && '
    '{ git diff --cached --quiet || git commit -qm "Do $GASTOWN_BEAD"; }'
)
OVER = ("Complete", "Failed")


@pytest.fixture
def runners():
    """Programs of their own, as users start them: here they are killed."""


@pytest.mark.skipif(not KILLS, reason="make kills")
def test_nothing_is_lost_and_nothing_is_twice(town, tmp_path):
    """Each bead of each convoy is one commit on the target, after those that it needs, and no ref of work is left."""
    seed = random.randrange(1 << 32)  # noqa: S311 - a seed, so that a run can be played again
    dice = random.Random(seed)  # noqa: S311 - as above
    print(f"seed {seed}")  # noqa: T201 - also of a run that fails
    convoys, kills, killed = [], 0, collections.Counter()
    begun = time.monotonic()
    while kills < KILLS:
        if not convoys or town.status(convoys[-1]).phase in OVER:
            convoys.append(f"k{len(convoys)}")
            town.convoy(_beads(convoys[-1]), AGENT, convoys[-1])
        else:
            town.local.convoys.resume(convoys[-1])
        psutil.wait_procs(town.processes(), timeout=dice.uniform(0.05, 2.5))
        there = town.processes()
        killed.update(_kind(each) for each in there)
        kills += bool(there)
        town.kill()
    if town.status(convoys[-1]).phase not in OVER:
        town.local.convoys.resume(convoys[-1])
        town.wait(convoys[-1], 180)
    wanted = {bead: needs for name in convoys for bead, needs in _beads(name).items()}
    merged = _clone_tells(town, tmp_path / "fresh")
    print(  # noqa: T201 - the figures are what it is run for
        f"\n{kills} kills of {sum(killed.values())} processes ({dict(killed)}) in {time.monotonic() - begun:.0f} s; "
        f"{len(convoys)} convoys, {len(wanted)} beads, {len(merged)} merged, {len(merged) - len(set(merged))} twice"
    )
    assert sorted(wanted) == sorted(merged)
    assert all(merged.index(need) < merged.index(bead) for bead, needs in wanted.items() for need in needs)
    left = town.git("for-each-ref", "--format=%(refname)").split()
    assert [ref for ref in left if ref.split("/")[2] in ("queue", "wip", "claim", "kept")] == []


def _clone_tells(town, place):
    """The beads of the target's commits, oldest first, each of which holds its file."""
    url = town.git("rev-parse", "--absolute-git-dir")
    subprocess.run(["git", "clone", "--quiet", f"file://{url}", place], check=True, env=os.environ)
    log = (
        "git",
        "-C",
        str(place),
        "log",
        "--reverse",
        "--format=%(trailers:key=Gastown-Bead,valueonly=true)",
    )
    merged = subprocess.run(log, check=True, capture_output=True, text=True).stdout.split()
    assert {f"{bead}.txt" for bead in merged} <= {each.name for each in place.iterdir()}
    return merged


def _beads(convoy):
    """Ten lanes of three: the second needs the first, the third both lanes beside it."""
    names = [f"{convoy}-{number}" for number in range(BEADS)]
    return {
        name: []
        if number < 10
        else [names[number - 10]]
        if number < 20
        else [names[number - 10], names[10 + (number + 1) % 10]]
        for number, name in enumerate(names)
    }


def _kind(process):
    try:
        return "container" if "GASTOWN_POD" in process.environ() else "runner"
    except psutil.Error:
        return "gone"
