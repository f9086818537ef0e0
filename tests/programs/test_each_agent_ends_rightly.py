"""Each real agent, led to each of its ends by its model, has the reason that a person needs."""

import signal
import subprocess

import pytest
from standin.modes import DONE, MODES
from trial.ends import SILENT, wanted
from trial.install import AGENTS
from trial.run import MODELS
from trial.sling import Town

WAITING = {"maxIdleSeconds": 40, "timeoutSeconds": 90}
"""Limits of an agent that waits until it is ended: that is what its test takes."""

PATIENT = {"maxIdleSeconds": 300, "timeoutSeconds": 400}
"""Limits of one that ends by itself: of use on a machine with much else to do only."""


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "slow-tool"])
@pytest.mark.parametrize("agent", AGENTS)
def test_an_end_has_its_reason(start, seen, agent, mode):
    """Told by the agent's own words, in one line without its JSON."""
    expected = wanted(agent, mode)
    limits = WAITING if "TimedOut" in expected else PATIENT
    run = start(agent, mode, **(limits if mode != "silence" else limits | {"timeoutSeconds": 8}))

    ended = run.end()

    told = run.listener.report()
    reason = ended["reason"]
    if reason == "Completed" and mode in SILENT and agent in SILENT[mode] and not told.summary:
        reason = "Refused"
    seen(agent, mode, reason if mode != "question" or reason != "Completed" else "NoChanges")
    assert reason in expected, (ended, run.shown[-2000:])
    assert "{" not in ended["message"], ended["message"]
    if mode == "success":
        assert ["Say hello", "First"] == run.commits()[:2], run.shown
        assert agent == "aider" or DONE == told.summary
        assert "hello.txt" in run.shown
    if mode == "question":
        assert "hello.txt or README?" in told.summary


@pytest.mark.parametrize("agent", [agent for agent in AGENTS if agent != "aider"])
def test_a_pod_that_is_stopped_ends_its_agent_and_its_tools(start, seen, agent):
    """SIGTERM in a tool that takes a minute: over in seconds, and nothing of it is left. Aider has no tools."""
    run = start(agent, "slow-tool", **PATIENT)
    mark = f"GASTOWN_ESCALATE={run.workspace.run / 'escalate'}".encode()
    assert run.look_until(lambda: _sleeping(mark), 300)

    run.launcher.send_signal(signal.SIGTERM)
    ended = run.end(120)

    seen(agent, "slow-tool", "stopped")
    assert ("Failed", True) == (ended["reason"], "stopped by SIGTERM" in ended["message"])
    assert not _sleeping(mark)


def _sleeping(mark):
    """Whether the tool of a run is at work."""
    found = subprocess.run(
        ("pgrep", "-f", "^sleep 60"), capture_output=True, text=True, check=False
    ).stdout.split()
    return any(mark in _environ(pid) for pid in found)


def _environ(pid):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123 - a path of the system's
            return file.read()
    except OSError:
        return b""


@pytest.mark.parametrize("agent", AGENTS)
def test_a_bead_is_slung_and_merged(programs, model, private, agent):
    """Through the command line: from one bead to a commit on main, with nothing of the agent's own in it."""
    town = Town(private, programs.of(agent))

    town.sling(
        agent,
        "success",
        provider="litellm",
        model=MODELS.get(agent, "stand-in"),
        modelProvider={"endpoint": model},
    )

    assert "hello.txt\n" == town.git("ls-tree", "-r", "--name-only", "main")
    assert "hello\n" == town.git("show", "main:hello.txt")
    assert "hello.txt" in town.log()
