"""Each real agent, led to each of its ends by its model, has the reason that a person needs."""

import os
import signal
import subprocess
import sys

import pytest
import yaml
from standin.modes import DONE, MODES
from trial.ends import SILENT, wanted
from trial.install import AGENTS
from trial.run import MODELS, environment

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
    environ = {
        **environment(private, programs.of(agent)),
        "GASTOWN_LOCAL": "1",
        "GASTOWN_HOME": str(private / "town"),
    }
    (private / "gitconfig").write_text("[user]\n\tname = Max\n\temail = max@example.org\n")

    def call(*words, **more):
        return subprocess.run(
            words, env=environ, check=True, capture_output=True, text=True, timeout=500, cwd=private, **more
        ).stdout

    origin = private / "app.git"
    call("git", "init", "-q", "--bare", "-b", "main", str(origin))
    tree = call("git", "-C", str(origin), "hash-object", "-t", "tree", "-w", "--stdin", input="").strip()
    first = call("git", "-C", str(origin), "commit-tree", tree, "-m", "First").strip()
    call("git", "-C", str(origin), "update-ref", "refs/heads/main", first)
    gastown = os.path.join(os.path.dirname(sys.executable), "gastown")  # noqa: PTH118, PTH120 - the one of this environment
    call(gastown, "rig", "create", "app", "--git-url", str(origin))
    config = {
        "provider": "litellm",
        "model": MODELS.get(agent, "stand-in"),
        "modelProvider": {"endpoint": model},
    }
    bead = {
        "id": "app-1",
        "title": "Say hello",
        "description": "Make a file hello.txt that says hello, and commit it (stand-in:success).",
    }
    spec = {"description": "one bead", "agent": agent, "agentConfig": config, "beads": [bead]}
    kind = {
        "apiVersion": "gastown.gastown.io/v1alpha1",
        "kind": "Convoy",
        "metadata": {"name": "one"},
        "spec": spec,
    }
    (private / "convoy.yaml").write_text(yaml.safe_dump(kind))

    call(gastown, "convoy", "create", "--from-file", "convoy.yaml", "--rig", "app", "--wait")

    assert "hello.txt\n" == call("git", "-C", str(origin), "ls-tree", "-r", "--name-only", "main")
    assert "hello\n" == call("git", "-C", str(origin), "show", "main:hello.txt")
    assert "hello.txt" in call(gastown, "polecat", "logs", "app-1")
