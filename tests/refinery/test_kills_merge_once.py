"""A merge killed with -9 at any git call and run again: every bead lands once, and the target never goes back."""

import os
import shutil

import pytest

from workflows import refs

KILLED = -9
STRIDE = 1 if os.environ.get("GASTOWN_TEST_WHOLE") else 3
"""`make test` takes a sample of the calls."""


@pytest.fixture
def killing(rig):
    """Arm a git on PATH that kills the step just after its n-th call: git has done its work, and the step never hears."""
    shim, count = rig.root / "shim", rig.root / "calls"
    shim.mkdir()

    def arm(number):
        kill = f'test "$(wc -l < {count})" -ne {number} || kill -KILL $PPID'
        script = f'#!/bin/sh\necho >> {count}\n{shutil.which("git")} "$@"\ncode=$?\n{kill}\nexit $code\n'
        (shim / "git").write_text(script)
        (shim / "git").chmod(0o755)
        count.write_text("")
        return f"{shim}:{rig.environ['PATH']}"

    return arm


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_merge_killed_at_every_call(rig, killing):
    """Two beads a round, the second as a rider; the step dies one call later each round, until it is through."""
    head = rig.base
    for number in range(1, 40, STRIDE):
        own, rider = f"own-{number}", f"rider-{number}"
        rig.publish(own, {own: "1\n"})
        rig.publish(rider, {rider: "1\n"})
        rig.ask(rider)
        code = rig.merge(own, PATH=killing(number))
        killed_at = rig.git("rev-parse", "main")
        assert rig.merge(own) == 0, rig.said
        if refs.merged("cv", rider) not in rig.refs():
            assert rig.merge(rider) == 0, rig.said
        for old in (head, killed_at):
            rig.git("merge-base", "--is-ancestor", old, "main")
        head = rig.git("rev-parse", "main")
        if code != KILLED:
            break
    assert code == 0
    assert number > 4
    landed = rig.landed()
    expected = sorted(f"{kind}-{each}" for kind in ("own", "rider") for each in range(1, number + 1, STRIDE))
    assert sorted(landed) == expected
    there = rig.refs()
    # A rider's branch goes with its own step.
    lasting = [ref for ref in there if not ref.startswith("refs/heads/polecat/rider-")]
    owner = rig.train.identity
    records = [refs.merged("cv", bead) for bead in landed] + [
        refs.settled("cv", owner, bead) for bead in landed
    ]
    assert sorted(lasting) == sorted(["refs/heads/main", *records])
    assert rig.git("rev-list", "--reverse", f"{rig.base}..main").split() == [
        there[refs.merged("cv", bead)] for bead in landed
    ]
