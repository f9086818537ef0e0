import datetime
import os
import pty
import signal
import subprocess
import sys

import psutil
import pytest

from kubectl_gt.show.live import Wait, wait
from kubectl_gt.show.snapshot import Outcome, Row, Snapshot
from workflows.observe import Stage


@pytest.fixture
def endless(gastown):
    """A convoy whose agent never ends."""
    gastown.rig()
    assert gastown("sling", "app-3", "app", "--name", "nux", "--wait-ready").code == 0
    yield gastown
    gastown("convoy", "stop", "nux", "--wait", "--timeout", "20s")


def test_ctrl_c_ends_the_watching_only(endless):
    """The work goes on, and the line says how to watch it again. A terminal gets a picture that is redrawn."""
    main, worker = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "kubectl_gt", "convoy", "watch", "nux"],
        env=endless.environ | {"TERM": "xterm"},
        stdin=worker,
        stdout=worker,
        stderr=worker,
    )
    os.close(worker)
    seen = _read(main, until=b"app-3")
    process.send_signal(signal.SIGINT)
    seen += _read(main, until=b"\0")
    os.close(main)
    assert 130 == process.wait()
    text = seen.decode()
    assert "convoy nux" in text
    assert "Detached; the work goes on. Watch it again with `gastown convoy watch nux`." in text
    assert "\x1b[" in text
    assert "InProgress" == endless("convoy", "status", "nux", "-o", "json").json["status"]["phase"]


def _read(descriptor, *, until):
    found = b""
    while until not in found:
        try:
            piece = os.read(descriptor, 4096)
        except OSError:  # Linux's word for: the other end is closed
            break
        if not piece:
            break
        found += piece
    return found


def test_a_pipe_gets_one_line_a_change(worked):
    """A log file of a convoy reads as its story."""
    lines = worked("convoy", "watch", "build").out.splitlines()
    assert 3 == len(lines)
    assert "✓ app-1" in lines[0]
    assert "merged as" in lines[0]


def test_a_lost_runner_is_told_and_resumed(endless):
    """Waiting for what nobody works on would never end."""
    for process in _runners(endless):
        os.kill(process, signal.SIGKILL)
    lost = endless("convoy", "watch", "nux")
    assert 6 == lost.code
    assert "error: convoy nux: its runner is gone" in lost.err
    assert "go on with `gastown convoy resume nux`" in lost.err
    assert 0 == endless("convoy", "resume", "nux").code


def test_all_lost_convoys_are_resumed_at_once(endless):
    """After a reboot there may be fifty; one that runs is left alone."""
    assert ["No convoy to do it to."] == endless("convoy", "resume", "--all").err.splitlines()
    for process in _runners(endless):
        os.kill(process, signal.SIGKILL)

    resumed = endless("convoy", "resume", "--all")

    assert (0, "convoy/nux resumed at 0/1\n") == (resumed.code, resumed.out)
    assert 1 == len(_runners(endless))
    assert 2 == endless("convoy", "resume", "--all", "--budget", "3").code


def _runners(gastown):
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if (
            words[-3:] == ["-m", "workflows.local", "nux"]
            and _home(process) == gastown.environ["GASTOWN_HOME"]
        ):
            found.append(process.pid)
    return found


def _home(process):
    try:
        return process.environ().get("GASTOWN_HOME")
    except psutil.Error:
        return None


def test_it_says_what_the_agent_is_at(endless, here):
    """The last line of its log, which the status and the watching have."""

    def doing():
        return here("polecat", "status", "app-3", "-o", "json").json["status"].get("lastAction", "")

    words = "nux works on app-3"
    endless.until(lambda: doing() == words, "its last action")
    shown = [" ".join(line.split()) for line in here("polecat", "status", "app-3").out.splitlines()]
    assert f"Last action: {words}" in shown
    assert f"▶ app-3 nux {words}" in here("convoy", "watch", "nux", "--timeout", "1s").out


def test_the_clock_of_the_lines_never_runs_back(capsys):
    """A bead's end is told with the time at which the convoy ended, which was before the line that came just before."""
    begun = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=13.3)
    row = {"bead": "app-1", "title": "Lay the ground", "polecat": "nux", "cost": None, "started": begun}
    told = {"kind": "convoy", "name": "build", "cost": None, "started": begun}
    working = Row(stage=Stage.WORKING, says="working", finished=None, **row)
    end = begun + datetime.timedelta(seconds=10)
    done = Row(stage=Stage.DONE, says="merged", finished=end, **row)
    looks = [
        Snapshot(phase="InProgress", outcome=Outcome.OPEN, rows=(working,), finished=None, **told),
        Snapshot(phase="Complete", outcome=Outcome.GOOD, rows=(done,), finished=end, **told),
    ]
    wait(
        Wait(
            look=iter(looks).__next__,
            enough=lambda _: False,
            stalled=str,
            pause=0,
            timeout=None,
            again="convoy watch build",
        )
    )
    times = [float(line.split()[0].rstrip("s")) for line in capsys.readouterr().out.splitlines()]
    assert len(times) == 2
    assert times == sorted(times)
