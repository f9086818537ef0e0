"""A bead whose code breaks what judges it stops itself: others beside it are tried again without it, and are merged."""

import pytest

from workflows.exits import Reason

HOW = {
    "the repository": "echo x >> ../../store.git/config",
    "the finding": "mkdir -p ../../finding.json/x",
    "a pipe for a finding": "mkfifo ../../finding.json",
    "the pulse": "rm -f ../../pulse; mkdir ../../pulse",
    "all of it": "rm -rf ../../* || true",
    "the failure": "echo not yours > ../../../gates-failed",
    "the folder": "chmod 0 ../..",
    "its judge": "kill -9 $PPID",
}
TRIES = 6


def judged(rig, bead):
    """The three containers of a merge, which start at the same time: one that is killed leaves the others to find out."""
    if code := rig.merge(bead, "prepare"):
        return code
    gates = rig.start(bead, "gates")
    try:
        code = rig.merge(bead, "push", GASTOWN_SILENCE="3")
    finally:
        gates.wait(60)
        gates.stdout.close()
        gates.stderr.close()
    return code


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_an_innocent_bead_is_merged_in_the_end(rig, how):
    """As often as the batch is made smaller, the try does not count."""
    rig.orders(gates={"t": f"if test -e odd; then {how}; fi"})
    rig.publish("gt-1", {"one": "1\n"})
    rig.publish("gt-2", {"odd": "1\n"}, priority=0)
    codes = []
    while (not codes or codes[-1]) and len(codes) < TRIES:
        rig.ask("gt-2")
        codes.append(judged(rig, "gt-1"))
    assert codes[-1] == 0, (codes, rig.said)
    assert set(codes[:-1]) <= {Reason.TARGET_MOVED.value}
    assert "gt-1" in rig.landed()


def test_a_batch_that_was_spoilt_is_halved(rig):
    """Until the one that does it is alone, and ends by itself."""
    rig.orders(gates={"t": f"test ! -e odd || {HOW['the repository']}"})
    for number in range(3):
        rig.publish(f"gt-{number}", {f"{number}": "1\n"} if number else {"odd": "1\n"})
    rig.ask("gt-0", "gt-2")
    assert rig.gated("gt-1") == Reason.TARGET_MOVED.value
    assert "refs/gastown/results/main" in rig.git("for-each-ref", "--format=%(refname)")
    assert rig.merge("gt-0", "prepare") == 0, rig.said
    assert rig.merge("gt-0", "gates") == 0, rig.said
    assert "the next batch is smaller" in rig.said
    assert rig.merge("gt-0", "push") == Reason.TARGET_MOVED.value
    rig.git("update-ref", "-d", "refs/gastown/asks/main/gt-2")
    assert rig.merge("gt-0", "prepare") == 0, rig.said
    assert rig.merge("gt-0", "gates") == Reason.FAILED.value
    assert "a gate changed the refinery's own copy" in rig.said
