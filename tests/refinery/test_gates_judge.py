"""Gates run on the whole batch, without credentials; a red batch is searched, and only a proven culprit pays."""

import json
import os
import signal
import subprocess
import time

import pytest

from workflows import refs
from workflows.entries import Entry
from workflows.exits import Reason
from workflows.refinery.gates.place import scrubbed
from workflows.refinery.gates.printed import Printed
from workflows.refinery.queue.marks import Lease

SOUND = "echo run >> {log}; ! grep -qs bad *.txt"


def _entry(rig, bead):
    return Entry.load(rig.git("cat-file", "tag", refs.queue("main", bead)).partition("\n\n")[2])


@pytest.fixture
def counted(rig):
    """A gate that is red where a file says bad, and how often it ran."""
    log = rig.root / "runs"
    rig.orders(gates={"sound": SOUND.format(log=log)})
    return lambda: len(log.read_text().split()) if log.exists() else 0


def test_a_green_batch_runs_the_gates_once(rig, counted):
    """However many ride along."""
    for number in range(3):
        rig.publish(f"gt-{number}", {f"{number}.txt": "good\n"})
    rig.ask("gt-1", "gt-2")
    assert rig.gated("gt-0") == 0, rig.said
    assert rig.landed() == ["gt-0", "gt-1", "gt-2"]
    assert counted() == 1


def test_one_process_does_all_three_phases(rig, counted):
    """Without containers, `merge` alone runs the gates too."""
    rig.publish("gt-1", {"1.txt": "good\n"})
    assert rig.merge("gt-1") == 0, rig.said
    assert [rig.landed(), counted()] == [["gt-1"], 1]


def test_a_red_bead_is_told_with_its_log(rig):
    """The gate, how it ended and the end of its output; the entry waits, held, for its next attempt."""
    rig.orders(gates={"first": "true", "sound": "echo the reason; " + SOUND.format(log=rig.root / "runs")})
    head = rig.publish("gt-1", {"1.txt": "bad\n"})
    assert rig.gated("gt-1") == Reason.GATE_FAILED.value
    assert "gt-1 does not pass: gate sound ended with code 1" in rig.last_words()
    assert "the reason" in rig.last_words()
    told = rig.output("gt-1", "gates.log").splitlines()
    assert "gate sound on gt-1" in told[-3]
    assert told[-2:] == ["the reason", "--- gate sound is red on gt-1: it ended with code 1"]
    assert "--- gate first passed on gt-1" in told
    assert [rig.output("gt-1", name) for name in ("outcome", "reason")] == ["none", "GateFailed"]
    held = _entry(rig, "gt-1")
    assert held.retries == 1
    assert held.held.startswith("gate sound ended with code 1")
    assert "the reason" in held.held
    assert rig.refs()[refs.head("polecat/gt-1")] == head
    assert rig.landed() == []


def test_what_gates_print_is_their_containers_log(rig):
    """People look there, in Argo and with `polecat logs -c gates`, not in a file of the workspace."""
    rig.orders(gates={"loud": "echo the reason; exit 3"})
    rig.publish("gt-1", {"1.txt": "good\n"})
    assert [rig.merge("gt-1", phase) for phase in ("prepare", "gates")] == [0, 0], rig.said
    assert "--- gate loud on gt-1" in rig.printed
    assert "\nthe reason\n" in rig.printed
    assert "\n--- gate loud is red on gt-1: it ended with code 3\n" in rig.printed


def test_of_a_gate_that_prints_much_both_ends_are_kept(rig):
    """Its log and its container's are bounded, say how much is left out, and the sentence has the true end."""
    loud = (
        "echo beginning; head -c 12000000 /dev/zero | tr '\\0' x; echo; echo the reason; ! grep -qs bad *.txt"
    )
    rig.orders(gates={"loud": loud})
    rig.publish("gt-1", {"1.txt": "bad\n"})
    assert rig.gated("gt-1") == Reason.GATE_FAILED.value
    assert rig.last_words().endswith("the reason")
    assert "; the log of container gates has both ends of it; its end: " in rig.last_words()
    log = rig.output("gt-1", "gates.log")
    runs = log.count("\nbeginning\n")
    assert runs
    assert len(log) < runs * ((8 << 20) + 1000)
    printed = len("beginning\n") + 12_000_000 + len("\nthe reason\n")
    assert log.count(f"\n--- {printed - (8 << 20)} bytes are left out here\n") == runs
    assert log.count("x\nthe reason\n") == runs


def test_no_escape_of_a_gate_is_in_its_log(rig):
    """But for colours: people read it on terminals."""
    shouts = r"printf '50 %%\r\033[31mred\033[0m\033[2J\033]0;owned\007 100 %%\n'"
    rig.orders(gates={"loud": shouts})
    rig.publish("gt-1", {"1.txt": "good\n"})
    assert rig.gated("gt-1") == 0, rig.said
    assert "\n\x1b[31mred\x1b[0m 100 %\n" in rig.output("gt-1", "gates.log")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("yes | head -c 60000000; test ! -f /dev/stdout", id="of which no disk has all"),
        pytest.param("setsid yes & sleep 0.2", id="whose child prints on"),
        pytest.param("setsid sleep 600 & exec >/dev/null", id="whose child holds its output open"),
        pytest.param("exec >/dev/null 2>&1; sleep 0.2", id="that closes it itself"),
    ],
)
def test_a_gate_that_prints_without_an_end_ends(rig, script):
    """When it says so, whoever holds its output."""
    rig.orders(gates={"loud": script})
    rig.publish("gt-1", {"1.txt": "good\n"})
    assert rig.gated("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]


def test_what_lives_on_and_prints_is_not_waited_for():
    """Where nobody can end it: what a pipe holds is read, and no more."""
    with Printed() as printed:
        survivor = os.dup(printed.writer)
        os.write(survivor, b"last words")
        printed.started()
        printed.ended()
        assert "last words" == printed.tail(100)
    with Printed() as printed:
        flood = subprocess.Popen(("yes",), stdout=printed.writer)
        printed.started()
        while not printed.tail(2):
            assert flood.poll() is None
        printed.ended()
        assert printed.tail(2) == "y"
        flood.kill()
        flood.wait()
    os.close(survivor)


@pytest.mark.usefixtures("counted")
def test_a_rider_says_whose_batch_merged_it(rig):
    """Its step waits behind the leader's lease, and tells the leader where it would have told its own merge."""
    for number in range(2):
        rig.publish(f"gt-{number}", {f"{number}.txt": "good\n"})
    rig.ask("gt-1")
    assert [rig.merge("gt-0", phase) for phase in ("prepare", "gates")] == [0, 0], rig.said
    # However slow this machine is just now, the leader is not given up.
    rider, asked = (
        rig.start("gt-1", "prepare", GASTOWN_LEASE="60"),
        rig.git("rev-parse", refs.ask("main", "gt-1")),
    )
    end = time.monotonic() + 20
    while asked == rig.git("rev-parse", refs.ask("main", "gt-1")):  # it asks anew once it has seen the lease
        assert time.monotonic() < end
        time.sleep(0.02)
    assert rig.merge("gt-0", "push") == 0, rig.said
    _, said = rider.communicate(timeout=60)
    assert rider.returncode == 0, said
    assert [rig.merge("gt-1", phase) for phase in ("gates", "push")] == [0, 0], rig.said
    assert rig.output("gt-1", "summary").endswith(", in the batch of cv/gt-0")


@pytest.mark.usefixtures("counted")
def test_a_rider_does_not_name_who_led_before(rig):
    """Between two of its looks one gave up and another led and merged it: whose batch it was it has not seen."""
    for number in range(2):
        rig.publish(f"gt-{number}", {f"{number}.txt": "good\n"})
    rig.mark(refs.lease("main"), Lease("cv/gt-9", "elsewhere", 1, int(time.time())).dump())
    rider = rig.start("gt-1", "prepare", GASTOWN_LEASE="60")
    end = time.monotonic() + 20
    while "main/gt-1" not in rig.marks("asks"):
        assert time.monotonic() < end
        time.sleep(0.02)
    rider.send_signal(signal.SIGSTOP)
    rig.git("update-ref", "-d", refs.lease("main"))
    assert rig.gated("gt-0") == 0, rig.said
    assert ["gt-0", "gt-1"] == sorted(rig.landed())
    rider.send_signal(signal.SIGCONT)
    assert rider.wait(60) == 0
    rider.communicate()
    assert [rig.merge("gt-1", phase) for phase in ("gates", "push")] == [0, 0], rig.said
    assert "gt-1 was merged already" == rig.output("gt-1", "summary")


def test_a_red_rider_is_left_out(rig, counted):
    """The own bead and the sound riders land; the culprit's own step will tell."""
    for number in range(4):
        rig.publish(f"gt-{number}", {f"{number}.txt": "bad\n" if number == 2 else "good\n"})
    rig.ask("gt-1", "gt-2", "gt-3")
    assert rig.gated("gt-0") == 0, rig.said
    assert [rig.landed(), rig.queue()] == [["gt-0", "gt-1", "gt-3"], ["gt-2"]]
    assert counted() <= 6
    held = _entry(rig, "gt-2")
    assert [held.fault, held.retries] == ["GateFailed", 1]


@pytest.mark.usefixtures("counted")
def test_sound_riders_land_past_a_red_bead(rig):
    """The step fails for its own bead after it has merged the rest."""
    for number in range(3):
        rig.publish(f"gt-{number}", {f"{number}.txt": "bad\n" if number == 0 else "good\n"})
    rig.ask("gt-1", "gt-2")
    assert rig.gated("gt-0") == Reason.GATE_FAILED.value
    assert [rig.landed(), rig.queue()] == [["gt-1", "gt-2"], ["gt-0"]]


def test_a_held_entry_does_not_ride(rig, counted):
    """A bead that failed alone costs the others no search."""
    rig.publish("gt-1", {"1.txt": "bad\n"}, entry={"held": "gate"})
    rig.publish("gt-2", {"2.txt": "good\n"})
    assert rig.gated("gt-2") == 0
    assert [rig.landed(), counted()] == [["gt-2"], 1]


def test_a_flaky_gate_costs_a_run_not_a_place(rig):
    """The second run decides."""
    flag = rig.root / "flag"
    rig.orders(gates={"flaky": f"test -e {flag} || {{ touch {flag}; exit 1; }}"})
    rig.publish("gt-1", {"a": "1\n"})
    assert rig.gated("gt-1") == 0, rig.said


def test_a_bead_that_removes_the_gates_program_is_red(rig):
    """Not found with the bead, found without it: that is the bead's doing."""
    rig.commit({"check.sh": "exit 0\n"}, "main", "a gate", start=rig.base)
    start = rig.git("rev-parse", "main")
    rig.orders(gates={"check": "sh -c '. ./check.sh' || exit 127"})
    (rig.seed / "check.sh").unlink()
    rig.publish("gt-1", {"a": "1\n"}, start=start)
    rig.git("checkout", "--quiet", "--detach", start, cwd=rig.seed)
    (rig.seed / "check.sh").unlink()
    sha = rig.commit({"a": "1\n"}, "polecat/gt-1", "removes it")
    rig.enqueue(sha, Entry.load(rig.git("cat-file", "tag", refs.queue("main", "gt-1")).partition("\n\n")[2]))
    assert rig.gated("gt-1") == Reason.GATE_FAILED.value


def test_a_gate_that_hangs_is_red(rig):
    """After its timeout, with all that it started gone."""
    rig.orders()
    train = rig.train
    gate = {
        "name": "slow",
        "command": f"test -e README2 || exit 0; sleep 60 & echo $! > {rig.root}/pid; wait",
        "timeout": 1,
    }
    text = train.dump().replace('"gates":[]', '"gates":[' + json.dumps(gate) + "]")
    (rig.tasks / "train.json").write_text(text)
    rig.train = type(train).load(rig.tasks)
    rig.publish("gt-1", {"README2": "1\n"})
    started = time.monotonic()
    assert rig.gated("gt-1") == Reason.GATE_FAILED.value
    assert "did not end within 1 s" in rig.last_words()
    assert time.monotonic() - started < 15


def test_sigterm_ends_the_gate(rig):
    """A pod that goes leaves no gate running."""
    rig.orders(gates={"slow": f"echo $$ > {rig.root}/pid; sleep 60"})
    rig.publish("gt-1", {"a": "1\n"})
    rig.merge("gt-1", "prepare")
    step = rig.start("gt-1", "gates")
    end = time.monotonic() + 20
    while not (rig.root / "pid").exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    step.send_signal(signal.SIGTERM)
    step.communicate(timeout=60)
    assert step.returncode == 143


def test_gates_see_a_clean_repository_and_no_secret(rig):
    """A fresh work tree with its history, and an environment without credentials."""
    command = (
        "env > {0}/env; git rev-parse HEAD^ > {0}/parent; git status --porcelain > {0}/status; touch litter"
    )
    rig.orders(gates={"look": command.format(rig.root), "clean": "git status --porcelain | grep -q litter"})
    rig.publish("gt-1", {"a": "1\n"})
    assert rig.gated("gt-1", ANTHROPIC_API_KEY="s3cret", GITHUB_TOKEN="s3cret", COLOUR="red") == 0, rig.said
    seen = (rig.root / "env").read_text()
    assert "COLOUR=red" in seen
    assert "CI=true" in seen
    assert "s3cret" not in seen
    assert "GASTOWN" not in seen
    assert (rig.root / "parent").read_text().strip() == rig.base
    assert (rig.root / "status").read_text() == ""


@pytest.mark.parametrize(
    "name", ["GIT_DIR", "GASTOWN_GIT_CREDENTIALS", "SSH_AUTH_SOCK", "NPM_TOKEN", "db_password", "MY_API_KEY"]
)
def test_secrets_are_known_by_their_names(name):
    """What may hold a secret is not passed on."""
    assert scrubbed({name: "x", "PATH": "/bin"}) == {"PATH": "/bin", "CI": "true"}


def test_push_trusts_no_more_than_names(rig):
    """Code under test can write the workspace: a forged finding lands nothing that was not published."""
    rig.orders(gates={"forge": "true"})
    rig.publish("gt-1", {"a": "1\n"})
    evil = rig.commit({"evil": "1\n"}, "evil", "evil", start=rig.base)
    assert rig.merge("gt-1", "prepare") == 0
    assert rig.merge("gt-1", "gates") == 0
    room = rig.root / "work" / "gt-1" / "merge"
    plan = (room / "plan.json").read_text()
    (room / "plan.json").write_text(plan.replace(rig.refs()["refs/heads/polecat/gt-1"], evil))
    store = room / "store.git"
    (store / "config").write_text(
        f"[core]\n\tsshCommand = touch {rig.root}/pwned\n\tfsmonitor = touch {rig.root}/pwned\n"
    )
    assert rig.merge("gt-1", "push") == 0, rig.said
    assert rig.git("ls-tree", "--name-only", "main").split() == ["README", "a"]
    assert not (rig.root / "pwned").exists()


def stacked(rig, *numbers):
    """The tree that the target has once these beads are on it."""
    tip = "main"
    for number in numbers:
        tree = rig.git("merge-tree", "--write-tree", tip, f"polecat/gt-{number}")
        tip = rig.git("commit-tree", tree, "-p", tip, "-m", "x")
    return tree


@pytest.mark.usefixtures("counted")
def test_push_lands_nothing_that_it_would_not_have_tried_itself(rig):
    """A finding that names a held entry, one that nobody asks for, or another tree than the tested one, lands nothing at all."""
    rig.publish("gt-1", {"1.txt": "good\n"})
    rig.publish("gt-2", {"2.txt": "bad\n"}, entry={"held": "gate"})
    rig.publish("gt-3", {"3.txt": "bad\n"})
    before = rig.refs()
    tags = [before[refs.queue("main", f"gt-{number}")] for number in (1, 2, 3)]
    forged = (
        ([tags[0], tags[1]], stacked(rig, 1, 2)),
        ([tags[0], tags[2]], stacked(rig, 1, 3)),
        ([tags[1]], stacked(rig, 2)),
    )
    for good, tree in (*forged, ([tags[0], tags[1]], ""), ([tags[0], "0" * 40], ""), ([], "")):
        assert [rig.merge("gt-1", phase) for phase in ("prepare", "gates")] == [0, 0], rig.said
        finding = rig.root / "work" / "gt-1" / "merge" / "finding.json"
        told = json.loads(finding.read_text())
        finding.write_text(json.dumps({**told, "good": good, "tree": tree or told["tree"]}))
        assert rig.merge("gt-1", "push") == Reason.TARGET_MOVED.value, rig.said
        assert rig.refs() == before


@pytest.mark.parametrize("planted", ["link", "pipe", "large", "deep"])
def test_push_reads_no_more_than_a_finding(rig, planted):
    """Not through a link, nor for ever, nor more than fits."""
    rig.orders(gates={"sound": "true"})
    rig.publish("gt-1", {"a": "1\n"})
    assert [rig.merge("gt-1", phase) for phase in ("prepare", "gates")] == [0, 0], rig.said
    finding = rig.root / "work" / "gt-1" / "merge" / "finding.json"
    text = finding.read_text()
    finding.unlink()
    if planted == "link":
        (rig.root / "elsewhere").write_text(text)
        finding.symlink_to(rig.root / "elsewhere")
    elif planted == "pipe":
        os.mkfifo(finding)
    else:
        finding.write_text(" " * (5 << 20) + text if planted == "large" else "[" * 100_000)
    assert rig.merge("gt-1", "push") == Reason.FAILED.value
    assert "finding.json is not there or not whole" in rig.last_words()
    assert rig.landed() == []


def test_a_target_that_moves_under_the_gates_is_gated_again(rig):
    """What was tested is what lands: the step fails in a way that is retried, and the retry lands it."""
    rig.orders(gates={"sound": "true"})
    rig.publish("gt-1", {"a": "1\n"})
    rig.merge("gt-1", "prepare")
    rig.merge("gt-1", "gates")
    rig.commit({"b": "1\n"}, "main", "by a person", start=rig.base)
    assert rig.merge("gt-1", "push") == Reason.TARGET_MOVED.value
    assert "main moved while the gates of gt-1 ran" in rig.last_words()
    assert rig.gated("gt-1") == 0, rig.said
    assert rig.git("show", "main:b") == "1"
    assert rig.landed() == ["gt-1"]


def test_what_gates_keep_is_there_in_the_next_run(rig):
    """Where programs look for it; a rig without a cache gives each run an empty home."""
    cache = rig.root / "kept"
    cache.mkdir()
    rig.orders(gates={"unit": 'test -n "$GASTOWN_GATE_CACHE" && echo run >> "$XDG_CACHE_HOME/runs"'})
    for bead in ("gt-1", "gt-2"):
        rig.publish(bead, {bead: "1\n"})
        assert rig.merge(bead, GASTOWN_GATE_CACHE=str(cache)) == 0, rig.said
    assert (cache / "runs").read_text() == "run\nrun\n"
