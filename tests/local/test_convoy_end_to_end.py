"""Convoys on one machine, from beads to merged commits: real git, real processes, agents in sh."""

import os
import shutil
import subprocess

import pytest

from workflows.local.home import Home
from workflows.local.town import LocalTown

COMMIT = 'git add -A && git commit -qm "Do $GASTOWN_BEAD"'
OWN_FILE = f'echo "$GASTOWN_BEAD" > "$GASTOWN_BEAD.txt" && {COMMIT}'
DIAMOND = {"top": [], "left": ["top"], "right": ["top"], "bottom": ["left", "right"]}


def test_a_diamond_is_merged_in_order(town):
    """Each bead sees the files of those that it waited for; one commit each; nothing is left behind."""
    agent = f'test "$GASTOWN_BEAD" != bottom || test -e left.txt -a -e right.txt || exit 1; {OWN_FILE}'

    status = town.convoy(DIAMOND, agent).wait()

    assert ("Complete", "4/4") == (status.phase, status.progress), town.ends()
    merged = town.merged()
    assert {("top", "bottom"), ("left", "right")} == {(merged[0], merged[-1]), tuple(sorted(merged[1:3]))}
    assert "" == town.queue()
    town.until(lambda: not list(town.home.work("c-1").iterdir()), 10)


def test_without_gates_no_merge_is_a_step_of_its_own(town):
    """The polecats land their work, each on what the one before it left."""
    town.convoy({"a": [], "b": ["a"]}, OWN_FILE).wait()

    nodes = [node["name"] for node in town.local.store.nodes("c-1")]
    assert nodes == [
        "c-1",
        "c-1.a",
        "c-1.a.a-work",
        "c-1.a.a-work(0)",
        "c-1.b",
        "c-1.b.b-work",
        "c-1.b.b-work(0)",
    ]
    assert ["a", "b"] == town.merged()


def test_nothing_is_open_to_the_users_group(town):
    """All is one user's here; agents refuse settings from a folder that others may write to."""
    found = (
        'find "$(dirname "$PWD")" -perm /022 ! -type l > "$GASTOWN_BEAD" && git add -A && git commit -qm x'
    )

    status = town.convoy({"a": []}, found).wait()

    assert "Complete" == status.phase
    assert "" == town.git("show", "main:a")


def test_nothing_is_done_twice(town):
    """The same convoy again: the town knows it. The same words from a town that has forgotten everything are new work."""
    agent = f'echo "$GASTOWN_BEAD" >> "$GASTOWN_BEAD.txt" && {COMMIT}'
    town.convoy({"a": [], "b": ["a"]}, agent).wait()
    town.convoy({"a": [], "b": ["a"]}, agent).wait()
    assert ["a", "b"] == town.merged()

    town.local.store.close()
    shutil.rmtree(town.home.root)
    town.home = Home(town.root / "fresh")
    town.local, town.rigged = LocalTown(town.home), False
    status = town.convoy({"a": [], "b": ["a"]}, agent).wait()

    assert "Complete" == status.phase, town.ends()
    assert ["a", "b", "a", "b"] == town.merged()


def test_a_crash_is_tried_again(town):
    """The second attempt goes on; what the first one cost is not forgotten."""
    agent = f"test -e {town.root}/once || {{ touch {town.root}/once; kill -9 $$; }}; {OWN_FILE}"

    status = town.convoy({"a": []}, agent).wait()

    assert "Complete" == status.phase
    assert 2 == town.local.polecats.get("c").status.attempts


def test_a_conflict_goes_back_to_the_agent(town):
    """Two beads write the same line at once; whoever comes second resolves it, and both are in."""
    agent = (
        f'if [ -e shared.txt ]; then grep -v "[<=>]\\{{7\\}}" shared.txt | sort -u > new; mv new shared.txt; else '
        f'echo "$GASTOWN_BEAD" > shared.txt; touch "{town.root}/at-work.$GASTOWN_BEAD"; '
        f"until [ -e {town.root}/at-work.a -a -e {town.root}/at-work.b ]; do sleep 0.05; done; fi; {COMMIT}"
    )

    status = town.convoy({"a": [], "b": []}, agent).wait()

    assert "Complete" == status.phase, town.ends()
    assert ["a", "b"] == sorted(town.git("show", "main:shared.txt").split())
    refinery = [bead.conflicts for each in town.local.convoys.observed.of_convoy("c") for bead in each.beads]
    assert 1 == sum(refinery)


ENDS = {
    "idle": ("true", "NoChanges", "ended without a change: make the task of idle clearer"),
    "asks": ('echo "Which colour?" > "$GASTOWN_ESCALATE"', "Escalated", "Which colour?"),
    "hangs": ("sleep 300", "TimedOut", "custom was stopped after its 3 seconds"),
    "rewrites": (
        "git checkout -q --orphan x && git commit -qm y && git branch -M polecat/rewrites",
        "Rejected",
        "the agent rewrote the history of polecat/rewrites",
    ),
}


def test_every_end_has_its_reason(town):
    """One line each, that names the bead or its agent; the target did not move; nobody who waited was started."""
    before = town.head()
    cases = "".join(f"{bead}) {script} ;;\n" for bead, (script, _, _) in ENDS.items())
    edges = {bead: [] for bead in ENDS} | {"waits": ["idle"]}

    status = town.convoy(
        edges, f'case "$GASTOWN_BEAD" in\n{cases}esac', agentConfig={"timeoutSeconds": 3}
    ).wait()

    assert ("Failed", before, "") == (status.phase, town.head(), town.queue())
    ends = town.ends()
    for bead, (_, reason, words) in ENDS.items():
        assert reason == ends[bead][0], ends[bead]
        assert words in ends[bead][1]
        assert ends[bead][1].isprintable()
    assert ("DependencyFailed", "cannot start: idle failed") == ends["waits"]
    assert status.conditions[0].message.startswith(f"{status.failed_beads[0]}: ")


def test_an_agent_that_is_not_installed(town):
    """It is named, with what to do, and not tried again."""
    before = town.head()

    status = town.convoy({"a": []}, ["no-such-agent", "{prompt}"]).wait()

    reason, message = town.ends()["a"]
    assert ("Failed", "AgentMissing", before) == (status.phase, reason, town.head())
    assert message.startswith("the command 'no-such-agent' of agent custom is not found: install it")


def test_a_red_gate_keeps_the_target_clean(town):
    """The culprit is told the gate and its last words; the other bead is merged."""
    town.rig(gates=[{"name": "no-bugs", "command": "! cat *.txt | grep bug"}])
    agent = f'[ "$GASTOWN_BEAD" = bad ] && echo bug > bad.txt; {OWN_FILE.replace(">", ">>")}'

    town.convoy({"bad": [], "good": []}, agent).wait()

    reason, message = town.ends()["bad"]
    assert "GateFailed" == reason
    assert "no-bugs" in message
    assert ["good"] == town.merged()


def test_a_push_that_the_repository_refuses(town):
    """By a rule of its own: the reason is the repository's, and no try is repeated."""
    hook = town.origin / "hooks" / "update"
    hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/main ] || { echo "main is frozen"; exit 1; }\n')
    hook.chmod(0o755)
    before = town.head()

    town.convoy({"a": []}, OWN_FILE).wait()

    reason, message = town.ends()["a"]
    assert ("Rejected", before) == (reason, town.head())
    assert message.isprintable()
    assert "main" in message


def test_a_target_that_somebody_has_checked_out(town):
    """With changes of theirs in it: git refuses, and their files stay as they are."""
    town.git("clone", "-q", str(town.origin), str(town.root / "theirs"), at=town.root)
    theirs = town.root / "theirs"
    (theirs / "README").write_text("not committed\n")
    town.rig(theirs, baseBranch="main")

    town.convoy({"a": []}, OWN_FILE).wait()

    reason, message = town.ends()["a"]
    assert "Rejected" == reason, message
    assert message.isprintable()
    assert "not committed\n" == (theirs / "README").read_text()
    assert town.head() == town.git("rev-parse", "main", at=theirs)


@pytest.fixture
def small_disk(town):
    """A workspace of one MiB."""
    place = town.home.root / "work"
    place.mkdir(parents=True)
    mount = shutil.which("mount") or "false"
    mounted = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "none", str(place)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk needs the right to mount one, and this user lacks it")
    yield town
    town.kill()
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_told(small_disk):
    """It is nobody's fault but the disk's: tried again, then told, with nothing pushed."""
    small_disk.commit("big", os.urandom(1_500_000).hex())
    before = small_disk.head()

    status = small_disk.convoy({"a": []}, OWN_FILE).wait()

    reason, message = small_disk.ends()["a"]
    assert ("Failed", "Failed", before) == (status.phase, reason, small_disk.head())
    assert "space" in message.lower(), message
