"""The launcher stays in charge: of agents that hang, that ignore signals, that leave things running, that must wait."""

import os
import signal
import threading
import time
from pathlib import Path

import psutil
import pytest

STUBBORN = "trap '' TERM; echo $$ > pid; while :; do sleep 0.1; done"


def alive(pid):
    """Whether a process runs; one that is dead but not yet collected does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def quick(town):
    """The launcher with a grace of one second instead of ten."""

    def shorten():
        path = town.workspace() / "run" / "launch"
        text = path.read_text()
        assert "GRACE=10" in text
        path.write_text(text.replace("GRACE=10", "GRACE=1"))

    return shorten


def test_a_hanging_agent_is_stopped_at_its_timeout(town, quick, shell):
    """TERM first, KILL for one that ignores it; the reason is TimedOut."""
    town.orders(agent={"command": ("sh", "-c", STUBBORN), "timeout": 1})
    town.hand_over()
    quick()
    assert town.launch(shell=shell)["reason"] == "TimedOut"
    assert not alive(int((town.workspace() / "repo" / "pid").read_text()))


def test_sigterm_reaches_the_agent(town, until, shell):
    """A pod that is deleted gives the agent its chance, and the launcher still tells how it ended."""
    town.orders(
        agent={
            "command": (
                "sh",
                "-c",
                "trap 'echo saved > saved; exit 0' TERM; echo > up; while :; do sleep 0.05; done",
            )
        }
    )
    town.hand_over()
    launcher = town.start(*shell, str(town.workspace() / "run" / "launch"))
    until((town.workspace() / "repo" / "up").exists)
    launcher.send_signal(signal.SIGTERM)
    assert launcher.wait(10) == 0
    launcher.communicate()
    assert (town.workspace() / "repo" / "saved").exists()
    assert (
        "reason=Failed\nmessage=fake was stopped by SIGTERM"
        in (town.workspace() / "run" / "ended").read_text()
    )


def test_sigterm_ends_an_agent_that_ignores_it(town, until, quick):
    """After the grace, KILL."""
    town.orders(agent={"command": ("sh", "-c", STUBBORN)})
    town.hand_over()
    quick()
    launcher = town.start("sh", str(town.workspace() / "run" / "launch"))
    pid = int(
        until(
            lambda: (
                (town.workspace() / "repo" / "pid").exists()
                and (town.workspace() / "repo" / "pid").read_text()
            )
        )
    )
    launcher.send_signal(signal.SIGTERM)
    launcher.communicate(timeout=60)
    assert not alive(pid)


def test_what_the_agent_left_running_is_stopped(town):
    """A stray background process must not write while the work is published."""
    town.script("(while :; do sleep 0.05; done) & echo $! > pid")
    town.hand_over()
    assert town.launch()["reason"] == "Completed"
    assert not alive(int((town.workspace() / "repo" / "pid").read_text()))


def test_a_tool_in_a_session_of_its_own_ends_too(town, shell):
    """Some agents start their tools so; the environment tells whose they are."""
    town.script("setsid sleep 30 & echo $! > pid; sleep 0.1")
    town.hand_over()
    assert town.launch(shell=shell)["reason"] == "Completed"
    assert not alive(int((town.workspace() / "repo" / "pid").read_text()))


def test_the_heartbeat_stops_with_the_launcher(town, until):
    """A launcher that was killed falls silent, although its agent may live on."""
    town.script("echo $$ > pid; sleep 30")
    town.hand_over()
    launcher = town.start("sh", str(town.workspace() / "run" / "launch"))
    agent = int(
        until(
            lambda: (
                (town.workspace() / "repo" / "pid").exists()
                and (town.workspace() / "repo" / "pid").read_text()
            )
        )
    )
    heartbeat = town.workspace() / "run" / "heartbeat"
    first = heartbeat.stat().st_mtime_ns
    until(lambda: heartbeat.stat().st_mtime_ns > first)
    launcher.kill()
    os.killpg(agent, signal.SIGKILL)
    launcher.wait(10)
    launcher.communicate(timeout=60)
    until(lambda: time.time_ns() - heartbeat.stat().st_mtime_ns > 2_200_000_000)


def test_a_rate_limit_is_waited_out(town, shell):
    """The agent is started again with its resume command, in the same container, until the time to park is up."""
    limited = 'echo first >> runs; echo "usage limit reached"; exit 1'
    resumed = 'echo resumed >> runs; test "$(wc -l < runs)" -ge 3 || { echo "usage limit reached"; exit 1; }'
    patterns = {"rate_patterns": ("usage limit",), "park": 30}
    town.orders(agent={"command": ("sh", "-c", limited), "resume": ("sh", "-c", resumed), **patterns})
    town.hand_over()
    assert town.launch(shell=shell)["reason"] == "Completed"
    assert (town.workspace() / "repo" / "runs").read_text().split() == ["first", "resumed", "resumed"]
    assert 2 == town.shown.count("parked for")


def test_parking_ends(town):
    """A limit that does not pass is the bead's reason, and Argo's to retry."""
    town.orders(agent={"command": ("sh", "-c", "echo limit; exit 1"), "rate_patterns": ("limit",), "park": 1})
    town.hand_over()
    assert town.launch()["reason"] == "RateLimited"


def test_sigterm_ends_parking(town, until):
    """Nobody waits for a limit in a pod that must go."""
    town.orders(
        agent={"command": ("sh", "-c", "echo limit; exit 1"), "rate_patterns": ("limit",), "park": 3600}
    )
    town.hand_over()
    launcher = town.start("sh", str(town.workspace() / "run" / "launch"))
    run = town.workspace() / "run"
    listening = threading.Thread(target=town.listen, args=(launcher,))
    listening.start()
    until((run / "parked").exists)
    launcher.send_signal(signal.SIGTERM)
    launcher.communicate(timeout=60)
    listening.join()
    assert "stopped by SIGTERM while it waited" in (run / "ended").read_text()


@pytest.mark.skipif(not Path("/proc/uptime").exists(), reason="only Linux tells a clock that nobody sets")
def test_a_clock_that_jumps_ends_no_agent(town, shell):
    """Two hours in one second: the agent's time is what it ran, not what a clock says."""
    tools = town.root / "tools"
    tools.mkdir()
    (tools / "date").write_text(
        f"#!/bin/sh\necho >> {tools}/asked; echo $(( $(wc -l < {tools}/asked) * 7200 ))\n"
    )
    (tools / "date").chmod(0o755)
    town.script("sleep 1.2; echo done > file")
    town.hand_over()
    assert town.launch(shell=shell, PATH=f"{tools}:{town.environ['PATH']}")["reason"] == "Completed"
